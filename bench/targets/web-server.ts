import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { parseArgs } from "node:util";
import type { AttachInput } from "../../packages/sallyport/src/index.ts";

const { values } = parseArgs({
  options: {
    backend: { type: "string", default: "0" },
    certificate: { type: "string" },
    key: { type: "string" },
    policy: { type: "string" },
    parse: { type: "boolean", default: false },
    broadcast: { type: "boolean", default: false },
    iterate: { type: "boolean", default: false },
  },
});

/** What every target here is told. `--certificate FILE --key FILE`: it listens over TLS. `--policy FILE`: it attaches. */
export const options: {
  /** The port of the echo server that a proxy stands before. */
  readonly backend: number;
  /** Whether a relay parses what it relays. */
  readonly parse: boolean;
  /** Whether a server sends what it is sent to all. */
  readonly broadcast: boolean;
  /** Whether `listen` is given a function that iterates, in place of listeners. */
  readonly iterate: boolean;
  /** The file with the policy. */
  readonly policy: string | undefined;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
} = {
  backend: Number(values.backend),
  parse: values.parse,
  broadcast: values.broadcast,
  iterate: values.iterate,
  policy: values.policy,
  tls:
    values.certificate === undefined || values.key === undefined
      ? null
      : { cert: readFileSync(values.certificate), key: readFileSync(values.key) },
};

/** A server of HTTP/1.1, over TLS 1.3 where it is told so. */
export function createWebServer(): Server {
  return options.tls === null
    ? createServer()
    : createSecureServer({ ...options.tls, minVersion: "TLSv1.3" });
}

/** Attaches the gate where a policy was given. A bare server does not even load it. */
export async function attachIfAsked(server: Server): Promise<void> {
  if (values.policy === undefined) return;
  const { attach } = await import("../../packages/sallyport/src/index.ts");
  const policy: AttachInput = JSON.parse(readFileSync(values.policy, "utf8"));
  await attach(server, policy).ready;
}
