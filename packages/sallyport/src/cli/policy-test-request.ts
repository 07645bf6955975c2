import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createAddressTable } from "../guards/address-table.ts";
import { isLoopback } from "../guards/loopback.ts";
import { OWN_SUBPROTOCOL } from "../guards/subprotocol.ts";
import { TICKET_SUBPROTOCOL } from "../guards/ticket.ts";
import type { ArrivingRequest } from "../hosts/arrival.ts";
import { certificateNames } from "../hosts/certificate-names.ts";
import type { ListenerContext } from "../hosts/gate.ts";
import { directPeers } from "../hosts/peer.ts";
import type { ListenerPolicy, Policy } from "../policy/policy.ts";
import { checkUpgrade } from "../protocol/handshake-request.ts";
import { HeaderList } from "../protocol/header-list.ts";
import { splitUrl, type GivenHandshake } from "./policy-test-handshake.ts";

/** The ticket that a caller presents whom a ticket identifies. One a case: it names nothing outside of it. */
export const TEST_TICKET: string = "a-ticket-of-this-case";

/** For documentation (RFC 5737 3): nobody's address. */
const DEFAULT_ADDRESS = "192.0.2.1";
const LOCAL_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** The listener that requests of these tests come through: the first of the configuration. */
export async function testListener(policy: Policy): Promise<ListenerContext> {
  const [listener] = policy.listeners;
  if (listener === undefined) throw new TypeError("a configuration that was checked has no listener");
  const { address, port, tls, trustedProxies, forwardedHeader } = listener;
  const loopback = isLoopback(address);
  const names = [...(loopback ? LOCAL_NAMES : []), ...(await ownNames(listener, policy))];
  return {
    facts: { loopback, secure: tls.kind !== "off", port, names },
    peerOf: directPeers(createAddressTable(trustedProxies)),
    forwardedHeader,
  };
}

async function ownNames({ tls }: ListenerPolicy, policy: Policy): Promise<readonly string[]> {
  if (tls.kind === "development") return policy.routes.flatMap(({ hosts }) => hosts);
  if (tls.kind === "acme") return tls.acme.domains;
  return tls.kind === "off" ? [] : certificateNames(new X509Certificate(await readFile(tls.certificate)));
}

/** The request that a client sends for this handshake, as it stands before anything was checked. */
export function testRequest(handshake: GivenHandshake & { readonly url: string }): ArrivingRequest {
  const url = splitUrl(handshake.url);
  if (url === null) throw new TypeError(`a URL that was checked is none: ${handshake.url}`);
  const { secure, host, target } = url;
  const headers = new HeaderList(headersOf(handshake, host));
  const head = { method: "GET", httpVersion: "1.1", target, headers };
  return {
    kind: "websocket",
    method: head.method,
    target,
    headers,
    socket: { remoteAddress: handshake.address ?? DEFAULT_ADDRESS },
    secure,
    check: () => checkUpgrade(head),
  };
}

function headersOf(handshake: GivenHandshake, host: string): string[] {
  const { headers: given = {}, origin = null, cookies = {}, token } = handshake;
  const offered = offeredBy(handshake);
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  const usual: [string, string][] = [
    ["Host", host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["Sec-WebSocket-Version", "13"],
  ];
  if (origin !== null) usual.push(["Origin", origin]);
  if (cookie.length > 0) usual.push(["Cookie", cookie.join("; ")]);
  if (offered.length > 0) usual.push(["Sec-WebSocket-Protocol", offered.join(", ")]);
  if (token !== undefined) usual.push(["Authorization", `Bearer ${token}`]);
  const replaced = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const kept = usual.filter(([name]) => !replaced.has(name.toLowerCase()));
  const own = Object.entries(given).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  return [...kept, ...own].flat();
}

function offeredBy({ subprotocols = [], identity }: GivenHandshake): readonly string[] {
  if (identity?.credential !== "ticket") return subprotocols;
  return [...subprotocols, OWN_SUBPROTOCOL, `${TICKET_SUBPROTOCOL}${TEST_TICKET}`];
}
