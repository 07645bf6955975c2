import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import { createAddressTable } from "../guards/address-table.ts";
import type { ListenerFacts } from "../guards/guard.ts";
import { isLoopback } from "../guards/loopback.ts";
import type { AttachInput } from "../policy/attach-config.ts";
import type { AskApplication } from "./application.ts";
import { http1Request } from "./arrival.ts";
import { http1End } from "./client-end.ts";
import { dressRequest } from "./dress-request.ts";
import { guardRequest } from "./forward.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { mayBeGuarded } from "./guarded-path.ts";
import { directPeers } from "./peer.ts";
import { hasPendingAnswer, trackAnswer } from "./pending-answers.ts";
import { refuseSocket } from "./refusal.ts";
import { tellUnparsed } from "./unparsed.ts";
import { handleUpgrade } from "./upgrade.ts";
import { serveWellKnown } from "./well-known.ts";
import { WELL_KNOWN_PREFIX } from "./well-known-path.ts";

/** Calls the server's own listeners. */
export type EmitEvent = (event: string | symbol, ...values: unknown[]) => boolean;

const PLAIN_EVENTS: ReadonlySet<string | symbol> = new Set(["request", "checkContinue", "checkExpectation"]);

/** Makes what asks the application for an upgrade. @param call calls the server's own listeners */
export type AskerOf = (call: EmitEvent, incoming: IncomingMessage, socket: Duplex) => AskApplication;

/** What stands before a server's own listeners. */
export interface Interception {
  readonly opening: Promise<Gate>;
  readonly context: ListenerContext;
  readonly askerOf: AskerOf;
}

/** From now on the server's own `emit` is ours: that is where every listener, old and new, is called from. */
export function intercept(server: Server, { opening, context, askerOf }: Interception): void {
  const call = server.emit.bind(server) as EmitEvent;
  const unparsed = refuseUnparsed(server, opening, context);
  server.emit = function intercepted(event: string | symbol, ...values: unknown[]): boolean {
    if (event === "upgrade") {
      const [incoming, socket, head] = values as [IncomingMessage, Duplex, Buffer];
      // While the policy loads the socket is ours alone: its errors must not end the process.
      socket.on("error", () => {});
      void opening.then(
        (gate) =>
          handleUpgrade(gate, context, http1Request(incoming, "websocket"), {
            client: http1End(socket, head, true),
            ask: askerOf(call, incoming, socket),
          }),
        () => socket.destroy(),
      );
      return true;
    }
    if (event === "clientError") return unparsed(values) || call(event, ...values);
    if (!PLAIN_EVENTS.has(event)) return call(event, ...values);
    const [incoming, response] = values as [IncomingMessage, ServerResponse];
    trackAnswer(response);
    const hold = opening.then(
      (gate) => takeRequest(gate, context, incoming, response),
      () => void response.destroy(),
    );
    void hold.then((passes) => passes === true && call(event, ...values));
    return true;
  };
}

/**
 * Tells of requests that Node's own parser refuses, and answers them: `true` where it did. Where somebody listens for
 * `clientError` it is theirs to answer, and where another answer may have begun it is Node's.
 */
function refuseUnparsed(
  server: Server,
  opening: Promise<Gate>,
  context: ListenerContext,
): (values: readonly unknown[]) => boolean {
  let gate: Gate | null = null;
  void opening.then(
    (opened) => (gate = opened),
    () => {},
  );
  return (values) => {
    const [error, socket] = values as [NodeJS.ErrnoException, Duplex];
    const refused = gate === null ? null : tellUnparsed(gate, context, { error, socket });
    if (refused === null || server.listenerCount("clientError") > 0 || hasPendingAnswer(socket)) return false;
    refuseSocket(socket, refused);
    return true;
  };
}

/** One server of the application as what arrives there needs it. */
export function listenerContext(server: NetServer, input: AttachInput): ListenerContext {
  const secure = server instanceof TlsServer;
  let where = "";
  let facts: ListenerFacts | null = null;
  return {
    peerOf: directPeers(createAddressTable(input.trustedProxies ?? [])),
    forwardedHeader: input.forwardedHeader ?? "x-forwarded-for",
    get facts() {
      const { address, port } = (server.address() ?? { address: "", port: 0 }) as AddressInfo;
      // One object as long as nothing changes: every open connection keeps it.
      if (facts === null || facts.port !== port || where !== address) {
        where = address;
        const loopback = isLoopback(address);
        facts = { loopback, secure, port, names: loopback ? ["localhost", "127.0.0.1", "[::1]"] : [] };
      }
      return facts;
    },
  };
}

/** Whether a plain request goes on to the server's own listeners. */
async function takeRequest(
  gate: Gate,
  context: ListenerContext,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (incoming.url?.startsWith(WELL_KNOWN_PREFIX) === true) {
    const arriving = http1Request(incoming, "http");
    void serveWellKnown(gate, context, { arriving, body: incoming, response });
    return false;
  }
  const paths = gate.policy.routes.map(({ path }) => path);
  if (!mayBeGuarded(incoming.url ?? "", paths)) return true;
  const admitted = await guardRequest(gate, context, { arriving: http1Request(incoming, "http"), response });
  if (admitted === null) return false;
  dressRequest(incoming, {
    handshake: admitted.handshake,
    identity: admitted.identity,
    session: null,
    statement: admitted.statement,
    extensions: [],
  });
  return true;
}
