import { startGateway, startRawServer, type TestGateway } from "./harness.ts";
import { acceptRaw, openRaw, type RawPeer } from "./raw-client.ts";

/** A client and an application that both speak in bytes, with a gate between them. */
export interface RawPair {
  readonly client: RawPeer;
  readonly application: RawPeer;
  readonly gate: TestGateway;
  /** Connects once more through the same gate. */
  again(): Promise<Pick<RawPair, "client" | "application">>;
}

/** Opens such a pair, on a route with these options. */
export async function openPair(route: Readonly<Record<string, unknown>> = {}): Promise<RawPair> {
  let accepted = Promise.withResolvers<RawPeer>();
  const upstream = await startRawServer((socket) => {
    void acceptRaw(socket).then(({ peer }) => accepted.resolve(peer));
  });
  const gate = await startGateway({ upstream: upstream.url, route });
  const open = async (): Promise<Pick<RawPair, "client" | "application">> => {
    accepted = Promise.withResolvers<RawPeer>();
    const client = await openRaw(gate.port);
    return { client, application: await accepted.promise };
  };
  return { ...(await open()), gate, again: open };
}
