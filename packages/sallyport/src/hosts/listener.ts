import { createServer, type IncomingMessage, type Server, type ServerOptions } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { isIPv6, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContextOptions } from "node:tls";
import type { ListenerFacts } from "../guards/guard.ts";
import { quoted } from "../guards/quoted.ts";
import { createAddressTable } from "../guards/address-table.ts";
import type { ListenerPolicy } from "../policy/policy.ts";
import { isLoopback } from "../guards/loopback.ts";
import { MAX_HEADER_BYTES } from "../protocol/request-head.ts";
import type { ChallengeCertificate } from "./acme/acme-board.ts";
import { answerChallenges } from "./acme/answer-challenges.ts";
import { http1Request } from "./arrival.ts";
import { http1End } from "./client-end.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { acceptHttp2 } from "./http2-connections.ts";
import { trackAnswer } from "./pending-answers.ts";
import { directPeers } from "./peer.ts";
import { readProxyHeaders } from "./proxied-connections.ts";
import { refuseSocket } from "./refusal.ts";
import type { Serving } from "./serving.ts";
import { tlsOptions } from "./tls-options.ts";
import { refuseParsed, tellUnparsed } from "./unparsed.ts";
import { handleUpgrade } from "./upgrade.ts";
import { serveWellKnown } from "./well-known.ts";
import { WELL_KNOWN_PREFIX } from "./well-known-path.ts";

/** The TLS of a listener, as it stands now and as it changes. */
export interface ListenerCertificate {
  current(): SecureContextOptions;
  /** Host names that the certificate covers, lower case. */
  names(): readonly string[];
  /** When it ends, milliseconds since the epoch; `null`: there is none yet. */
  notAfter(): number | null;
  /** The challenges of TLS-ALPN-01 that are to be answered now; absent: there never are any. */
  challenges?(): readonly ChallengeCertificate[];
  onChange(listener: () => void): () => void;
  close(): void;
}

/** A listener that accepts connections. */
export interface Listener {
  /** `https://127.0.0.1:8443`, with the real port. */
  readonly url: string;
  /** Accepts nothing more; what is open goes on. Resolves when the port is free. */
  close(): Promise<void>;
}

/** Sockets in all that a listener accepts, open connections and those that only began. Beyond it, new ones are dropped. */
const MAX_SOCKETS = 65_536;
/** A plain request with its body: five minutes, Node's own default. */
const REQUEST_WITHIN_MS = 300_000;
/** How often Node looks for requests that are too slow. */
const LOOK_FOR_SLOW_MS = 1000;
const NO_NAMES: readonly string[] = [];
const LOCAL_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** How a listener is opened. */
export interface ListenerOptions {
  /** `null`: plaintext. */
  readonly certificate: ListenerCertificate | null;
  /** Keys of TLS session tickets that other processes use, too, which listen at the same port; absent: there are none. */
  readonly ticketKeys: Buffer | undefined;
  /** Who serves what the guards let pass. */
  readonly serving: Serving;
}

/** How often it is looked, once a listener closes, for connections on which nothing is asked any more. */
const SWEEP_MS = 100;
/** How long answers may take then: as long as a drain. */
const ANSWER_WITHIN_MS = 20_000;

/** Opens a listener. Rejects when it cannot listen there. */
export async function openListener(
  gate: Gate,
  policy: ListenerPolicy,
  options: ListenerOptions,
): Promise<Listener> {
  const { certificate, ticketKeys, serving } = options;
  const handshakeTimeout = headWithin(gate);
  const server =
    certificate === null
      ? createServer(httpOptions(handshakeTimeout))
      : secureServer({ policy, certificate, ticketKeys, handshakeTimeout });
  // No field is dropped unseen: what Node would cut off is what attacks hide behind.
  server.maxHeadersCount = 0;
  server.maxConnections = MAX_SOCKETS;
  let dropped = 0;
  server.on("drop", () => (dropped += 1));
  const loopback = isLoopback(policy.address);
  let port = policy.port;
  const trusted = createAddressTable(policy.trustedProxies);
  if (certificate?.challenges !== undefined) answerChallenges(server, () => certificate.challenges?.() ?? []);
  const proxied = policy.proxyProtocol ? readProxyHeaders(server, gate, trusted) : null;
  let ownNames: readonly string[] | null = null;
  let facts: ListenerFacts | null = null;
  const context: ListenerContext = {
    peerOf: proxied?.peerOf ?? directPeers(trusted),
    forwardedHeader: policy.forwardedHeader,
    get facts() {
      const own = certificate?.names() ?? NO_NAMES;
      // One object as long as nothing changes: every open connection keeps it.
      if (facts?.port !== port || ownNames !== own) {
        ownNames = own;
        const names = [...(loopback ? LOCAL_NAMES : []), ...own];
        facts = { loopback, secure: certificate !== null, port, names };
      }
      return facts;
    },
  };
  server.on(
    "upgrade",
    (incoming: IncomingMessage, socket: Duplex, head: Buffer) =>
      void handleUpgrade(gate, context, http1Request(incoming, "websocket"), {
        client: http1End(socket, head),
        ask: serving.ask,
      }),
  );
  server.on("request", (incoming, response) => {
    trackAnswer(response);
    // Nobody keeps a connection to a gate that goes.
    if (gate.draining) response.shouldKeepAlive = false;
    const exchange = { arriving: http1Request(incoming, "http"), body: incoming, response };
    if (incoming.url?.startsWith(WELL_KNOWN_PREFIX) === true) void serveWellKnown(gate, context, exchange);
    else void serving.plain(gate, context, exchange);
  });
  server.on("connect", (incoming: IncomingMessage, socket: Duplex) => {
    refuseParsed(gate, context, socket, {
      code: "handshake.method",
      detail: `CONNECT ${quoted(withoutSecrets(incoming.url ?? ""))}`,
    });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const refused = tellUnparsed(gate, context, { error, socket });
    if (refused === null) socket.destroy();
    else refuseSocket(socket, refused);
  });
  const speaksHttp2 = certificate !== null && policy.http2;
  const http2 = speaksHttp2
    ? acceptHttp2(server, { gate, context, serving, idleMs: handshakeTimeout })
    : null;
  port = await listen(server, { ...policy, reusePort: ticketKeys !== undefined });
  const host = isIPv6(policy.address) ? `[${policy.address}]` : policy.address;
  const url = `${certificate === null ? "http" : "https"}://${host}:${port}`;
  gate.listeners.set(url, {
    problem: () =>
      certificate !== null && certificate.notAfter() === null ? `${url} has no certificate yet` : null,
    notAfter: () => certificate?.notAfter() ?? null,
    sockets: () => countSockets(server),
    dropped: () => dropped,
  });
  return {
    url,
    close() {
      proxied?.close();
      http2?.close();
      return close(server, certificate);
    },
  };
}

/** How long a connection may go without a request, milliseconds: what the most patient route grants, at least a second. */
function headWithin({ policy }: Gate): number {
  const granted = policy.routes.map(
    ({ guards }) =>
      guards.find((guard) => guard.authenticateWithinMs !== undefined)?.authenticateWithinMs ?? 0,
  );
  return Math.ceil(Math.max(1000, ...granted));
}

function httpOptions(within: number): ServerOptions {
  return {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: within,
    // Node refuses a request timeout that is shorter than that of the head.
    requestTimeout: Math.max(REQUEST_WITHIN_MS, within),
    connectionsCheckingInterval: LOOK_FOR_SLOW_MS,
    insecureHTTPParser: false,
    // Whether Host is there and right is checked with everything else, so that its refusal has an incident too.
    requireHostHeader: false,
    noDelay: true,
  };
}

interface SecureListener {
  readonly policy: ListenerPolicy;
  readonly certificate: ListenerCertificate;
  readonly ticketKeys: Buffer | undefined;
  readonly handshakeTimeout: number;
}

function secureServer({ policy, certificate, ticketKeys, handshakeTimeout }: SecureListener): Server {
  const { tls } = policy;
  const asksClients = tls.kind === "files" && tls.clientCa !== null;
  const profile = tlsOptions("profile" in tls ? tls.profile : "intermediate", {
    http2: policy.http2,
    asksClients,
  });
  const context = (): SecureContextOptions => ({
    ...profile,
    ...certificate.current(),
    ...(ticketKeys === undefined ? {} : { ticketKeys }),
  });
  const server = createSecureServer({
    ...httpOptions(handshakeTimeout),
    ...context(),
    handshakeTimeout,
    // Whether a certificate is needed is for each route's guards to say.
    requestCert: asksClients,
    rejectUnauthorized: false,
  });
  certificate.onChange(() => server.setSecureContext(context()));
  return server;
}

/** `reusePort`: other processes listen at the same port, and the system spreads connections over all (`SO_REUSEPORT`). */
function listen(
  server: Server,
  { address, port, reusePort }: ListenerPolicy & { readonly reusePort: boolean },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port, reusePort, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** The target of a CONNECT without what may be secret in it: a user and password before it, a query behind it. */
function withoutSecrets(target: string): string {
  const [place = ""] = target.slice(target.lastIndexOf("@") + 1).split("?", 1);
  return place;
}

function countSockets(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.getConnections((error, count) => resolve(error === null ? count : 0)),
  );
}

/** Ends connections when what is asked on them is answered; those on which that takes too long, then. Resolves when all are gone. */
function close(server: Server, certificate: ListenerCertificate | null): Promise<void> {
  certificate?.close();
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const late = setTimeout(() => server.closeAllConnections(), ANSWER_WITHIN_MS);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}
