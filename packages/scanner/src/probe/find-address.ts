import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { dial } from "./dial.ts";

/** How long a resolver is waited for, and each of several addresses. */
const LOOKUP_MS = 10_000;
const CONNECT_MS = 3000;

/**
 * The address of a host. Of several, such as that of `localhost` by IPv4 and by IPv6, the first at which something listens on the port, and
 * the first of all where nothing does. Rejects where the host has none, or the resolver does not answer within 10 s.
 */
export async function findAddress(host: string, port: number): Promise<string> {
  if (isIP(host) !== 0) return host;
  const late = new AbortController();
  const tooLate = sleep(LOOKUP_MS, null, { signal: late.signal });
  try {
    const found = await Promise.race([lookup(host, { all: true }), tooLate]);
    if (found === null) throw new Error(`the address of ${host} was not found within ${LOOKUP_MS / 1000} s`);
    const addresses = found.map(({ address }) => address);
    return await firstListening(addresses, port);
  } finally {
    tooLate.catch(() => undefined);
    late.abort();
  }
}

/** The first address at which something listens; the first of all where nothing does. */
export async function firstListening(addresses: readonly string[], port: number): Promise<string> {
  const [first = "", ...others] = addresses;
  if (others.length === 0) return first;
  for (const address of addresses) {
    const socket = await dial({ address, port, tls: null, servername: "", timeoutMs: CONNECT_MS }).catch(
      () => null,
    );
    socket?.destroy();
    if (socket !== null) return address;
  }
  return first;
}
