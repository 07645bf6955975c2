import type { CheckContext } from "../../check-context.ts";
import type { Probe } from "../../probe/probe.ts";
import { waitItsTurn } from "../wait-its-turn.ts";
import { textsOf } from "./texts-of.ts";

/** Where a server of Engine.IO answers, on which Socket.IO stands, and which version of the protocol it was asked for. */
export interface EngineIo {
  /** Path without query. */
  readonly path: string;
  readonly version: 3 | 4;
}

/** A connection to a namespace. */
export interface NamespaceConnection {
  readonly probe: Probe;
  readonly isConnected: boolean;
}

/** Why a check of Engine.IO does not apply. */
export const NO_ENGINE_IO = "it does not speak Engine.IO, neither here nor at /socket.io/";
/** Why a check of Socket.IO does not apply. */
export const NO_SOCKET_IO = "it does not speak Socket.IO, neither here nor at /socket.io/";

/** The path and query of a transport. */
export function pathOf({ path, version }: EngineIo, transport: string): string {
  return `${path}?EIO=${version}&transport=${transport}`;
}

/** Finds Engine.IO at the target's path, or at the usual one where the target is a host without one. Asked once in a scan. */
export function findEngineIo(context: CheckContext): Promise<EngineIo | null> {
  return context.remember("engine.io", async () => {
    const { url, path } = context.target;
    const isOwn = url.searchParams.has("EIO") || url.searchParams.get("transport") === "websocket";
    const isHost = path === "/" || path.startsWith("/socket.io");
    if (!isOwn && !isHost) return null;
    const paths = isOwn ? [url.pathname] : ["/socket.io/"];
    const asked = url.searchParams.get("EIO");
    const versions: readonly (3 | 4)[] = asked === "3" ? [3] : asked === "4" ? [4] : [4, 3];
    for (const engine of paths.flatMap((each) => versions.map((version) => ({ path: each, version }))))
      if ((await openEngine(context, engine)) !== null) return engine;
    return null;
  });
}

/** A connection that was greeted as Engine.IO greets; null where it was not. */
export async function openEngine(context: CheckContext, engine: EngineIo): Promise<Probe | null> {
  const attempt = await context.open({ path: pathOf(engine, "websocket") });
  if (attempt.kind !== "accepted") return null;
  const { probe } = attempt;
  await waitItsTurn(context, probe, () => isGreeted(probe));
  return isGreeted(probe) && !probe.isClosed ? probe : null;
}

/** Finds Socket.IO: Engine.IO on which the main namespace answers. Asked once in a scan. */
export function findSocketIo(context: CheckContext): Promise<EngineIo | null> {
  return context.remember("socket.io", async () => {
    const engine = await findEngineIo(context);
    if (engine === null) return null;
    const connection = await connectNamespace(context, engine, "/");
    const isAnswered = textsOf(connection?.probe.frames ?? []).some((text) => /^4[04]/.test(text));
    return isAnswered ? engine : null;
  });
}

/** Asks for a namespace, with the user's own packet where one was given; null where no connection was made. */
export async function connectNamespace(
  context: CheckContext,
  engine: EngineIo,
  namespace: string,
): Promise<NamespaceConnection | null> {
  const probe = await openEngine(context, engine);
  if (probe === null) return null;
  const prefix = namespace === "/" ? "" : `${namespace},`;
  const isMain = namespace === "/";
  const given = isMain ? context.settings.messages.find((text) => text.startsWith("40")) : undefined;
  // In the third version the main namespace is there without being asked for.
  if (!(isMain && engine.version === 3)) probe.text(given ?? `40${prefix}`);
  const answers = (type: string): boolean =>
    textsOf(probe.frames).some((text) =>
      isMain ? text === `4${type}` || text.startsWith(`4${type}{`) : text.startsWith(`4${type}${namespace}`),
    );
  await waitItsTurn(context, probe, () => answers("0") || answers("4"));
  return { probe, isConnected: answers("0") && !answers("4") && !probe.isClosed };
}

/** A binary message: the third version of Engine.IO puts its type before the bytes. */
export function binaryOf({ version }: EngineIo, bytes: Buffer): Buffer {
  return version === 3 ? Buffer.concat([Buffer.from([4]), bytes]) : bytes;
}

function isGreeted({ frames }: Probe): boolean {
  return textsOf(frames).some((text) => text.startsWith('0{"sid"'));
}
