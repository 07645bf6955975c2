import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { WebSocket } from "ws";
import { parse } from "yaml";
import type { ErrorCode } from "../../src/errors.ts";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import type { Told } from "../gateway/harness.ts";
import {
  closed,
  guardServer,
  openClient,
  type GuardedServer,
  type HostName,
} from "../hosts/guarded-server.ts";
import { createTokens } from "../hosts/test-tokens.ts";

const directory = fileURLToPath(new URL("../../../../examples/policies", import.meta.url));
const ISSUER = "https://id.example.com";

/** A real application behind a gate with its policy of `examples/policies`. */
export interface GuardedApplication extends GuardedServer {
  /** The header of a user whom the policy's issuer knows, with these claims. */
  readonly bearer: (user: string, claims?: Readonly<Record<string, unknown>>) => Promise<Bearer>;
  /** What was refused, dropped, replaced or closed so far, by its code; in the order in which it was told. */
  readonly refusals: () => readonly ErrorCode[];
}

/** A credential as a client that is no browser sends it. */
export interface Bearer {
  readonly authorization: string;
}

interface ExampleRoute extends Omit<AttachRouteInput, "identity"> {
  readonly upstream: unknown;
  readonly identity: { readonly jwt: { readonly issuer: string; readonly audience: string } };
}

interface ExamplePolicy {
  readonly routes: readonly ExampleRoute[];
}

/**
 * Puts a gate with the policy of the example before an application. Of the policy all stands but where the gate listens, where the
 * application is, and the key of its issuer.
 */
export async function guardApplication(
  host: HostName,
  server: Server,
  name: string,
): Promise<GuardedApplication> {
  const { routes }: ExamplePolicy = parse(readFileSync(`${directory}/${name}.yaml`, "utf8"));
  const [route, ...others] = routes;
  if (route === undefined || others.length > 0) throw new Error(`${name}.yaml has ${routes.length} routes`);
  const { upstream: _upstream, identity, ...guards } = route;
  expect(identity.jwt.issuer).toBe(ISSUER);
  const tokens = await createTokens(identity.jwt.audience);
  const guarded = await guardServer(host, server, {
    directory,
    routes: [{ ...guards, identity: tokens.identity }],
  });
  return {
    ...guarded,
    bearer: async (user, claims = {}) => ({
      authorization: `Bearer ${await tokens.sign(user, undefined, { ...claims })}`,
    }),
    refusals: () =>
      guarded.events.flatMap((event) =>
        event.type === "decision" || event.type === "handshake" ? [event.code] : [],
      ),
  };
}

/**
 * Runs the session of a normal client, of which nothing may be refused. Fails with the reason as soon as something is, since the
 * client may wait for ever then.
 */
export async function unrefused(guarded: GuardedApplication, session: () => Promise<void>): Promise<void> {
  const refusal = guarded.seen("decision").then(
    ({ code, detail }) => expect.fail(`${code}: ${detail}`),
    // Nothing was, for as long as it is waited for.
    () => new Promise<never>(() => undefined),
  );
  await Promise.race([session(), refusal]);
  expect(guarded.refusals()).toEqual([]);
}

/** How a connection was ended by the gate: the reason for the operator, and what the client was told. */
export interface Ending {
  readonly code: ErrorCode;
  readonly close: number;
}

/** Waits until the gate closes a connection, and finds the reason by the incident that the client was told. */
export async function ending({ seen }: Told, client: WebSocket): Promise<Ending> {
  const { code: close, reason } = await closed(client);
  const decision = await seen("decision", ({ incident }) => reason === `sallyport:${incident}`);
  return { code: decision.code, close };
}

/** A message that a test writes by hand: text and bytes as they are, anything else as JSON. */
export type WrittenMessage = unknown;

/** Sends what a policy refuses, and tells how that ended. */
export async function endingOf(
  told: Told,
  client: WebSocket,
  messages: readonly WrittenMessage[],
): Promise<Ending> {
  const ended = ending(told, client);
  for (const message of messages)
    client.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  return await ended;
}

/** One thing that a policy refuses. */
export interface Abuse extends Ending {
  readonly abuse: string;
  readonly messages: readonly WrittenMessage[];
}

/** Abuses by their names: the reason, the close code, and the messages of which the last one is refused. */
export function abuses(
  table: Readonly<Record<string, readonly [ErrorCode, number, readonly WrittenMessage[]]>>,
): readonly Abuse[] {
  return Object.entries(table).map(([abuse, [code, close, messages]]) => ({ abuse, code, close, messages }));
}

/** The status of a handshake that the gate refuses, and its reason. */
export async function refusedHandshake(
  guarded: GuardedApplication,
  url: string,
  options: Parameters<typeof openClient>[1] = {},
): Promise<{ readonly code: ErrorCode; readonly status: number }> {
  await expect(openClient(url, options)).rejects.toThrow(/^status \d+$/);
  await guarded.seen("handshake");
  const refused = guarded.events.findLast((event) => event.type === "handshake");
  if (refused === undefined) throw new Error("no handshake was refused");
  return { code: refused.code, status: refused.status };
}
