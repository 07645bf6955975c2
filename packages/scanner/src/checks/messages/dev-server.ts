import type { CheckContext } from "../../check-context.ts";
import type { HandshakeChange } from "../../probe/handshake.ts";
import type { Probe } from "../../probe/probe.ts";
import { textsOf } from "./texts-of.ts";

/** A development server behind the socket, by how it greets. */
export interface DevServer {
  readonly name: string;
  /** The handshake by which it was found, as a program makes it. */
  readonly change: HandshakeChange;
  readonly probe: Probe;
}

/** Why a check of development servers does not apply. */
export const NO_DEV_SERVER = "nothing greets as a development server does";

/** First messages that only development servers send. */
const GREETINGS: readonly (readonly [name: string, greeting: RegExp])[] = [
  ["Vite", /^\{"type":"connected"\}$/],
  ["webpack-dev-server", /"type\\?":\\?"(?:hot|liveReload|hash|still-ok|reconnect|overlay)\\?"/],
  ["Next.js", /"(?:action|type)":"(?:sync|turbopack-connected|isrManifest|building|built)"/],
  ["Parcel", /^\{"type":"(?:update|reload)"/],
];
const VITE: HandshakeChange = { subprotocols: ["vite-hmr"], origin: null };

/** Finds a development server at the target, with the handshake of the control and with that of Vite's own client. Asked once in a scan. */
export function findDevServer(context: CheckContext): Promise<Omit<DevServer, "probe"> | null> {
  return context.remember("dev-server", async () => {
    const found = (await openDevServer(context, {})) ?? (await openDevServer(context, VITE));
    return found === null ? null : { name: found.name, change: found.change };
  });
}

/** A connection that was greeted by a development server; null where it was not. */
export async function openDevServer(
  context: CheckContext,
  change: HandshakeChange,
): Promise<DevServer | null> {
  const attempt = await context.open(change);
  if (attempt.kind !== "accepted") return null;
  const { probe } = attempt;
  const nameOf = (): string | undefined =>
    GREETINGS.find(([, greeting]) => textsOf(probe.frames).some((text) => greeting.test(text)))?.[0];
  await probe.waitFor(() => nameOf() !== undefined || probe.isClosed);
  const name = nameOf();
  return name === undefined ? null : { name, change, probe };
}
