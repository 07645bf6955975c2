import type { Http2SecureServer, ServerHttp2Stream } from "node:http2";
import type { Server } from "node:http";
import { factsOf, refuse } from "../session/admission.ts";
import type { AskApplication } from "./application.ts";
import { guardRequest } from "./forward.ts";
import type { Gate, ListenerContext } from "./gate.ts";
import { mayBeGuarded } from "./guarded-path.ts";
import { http2End, http2Request, http2Response } from "./http2-exchange.ts";
import { intercept, type EmitEvent } from "./intercept.ts";
import { refuseResponse } from "./refusal.ts";
import { handleUpgrade } from "./upgrade.ts";
import { serveWellKnown } from "./well-known.ts";
import { WELL_KNOWN_PREFIX } from "./well-known-path.ts";

/** Whether a server speaks HTTP/2. */
export function isHttp2Server(server: object): server is Http2SecureServer {
  return "updateSettings" in server && typeof server.updateSettings === "function";
}

/** What stands before the listeners of a server of HTTP/2. */
export interface Http2Interception {
  readonly opening: Promise<Gate>;
  readonly context: ListenerContext;
  readonly ask: AskApplication;
}

/**
 * Takes the WebSockets of a server of HTTP/2 (RFC 8441), and with `allowHTTP1` those of HTTP/1.1. It tells its clients that it takes
 * them; those that connected before are not told. Plain requests to a path that a route guards are refused: nobody could say to the
 * application who the caller is.
 */
export function interceptHttp2(
  server: Http2SecureServer,
  { opening, context, ask }: Http2Interception,
): void {
  server.updateSettings({ enableConnectProtocol: true });
  const call = server.emit.bind(server) as EmitEvent;
  // What comes by HTTP/1.1 comes by the same events as at a server of that alone.
  server.on("upgrade" as "request", () => {});
  intercept(server as unknown as Server, { opening, context, askerOf: () => ask });
  const further = server.emit.bind(server) as EmitEvent;
  const emit: EmitEvent = (event, ...values) => {
    if (event === "request" && isOfHttp2(values[0])) return call(event, ...values);
    if (event !== "stream") return further(event, ...values);
    const [stream, , , raw] = values as [ServerHttp2Stream, unknown, unknown, readonly string[]];
    stream.on("error", () => {});
    void opening.then(
      (gate) =>
        take(gate, { context, ask }, { stream, raw }).then((passes) => passes && call(event, ...values)),
      () => stream.destroy(),
    );
    return true;
  };
  server.emit = emit as typeof server.emit;
}

/** A request of HTTP/2 was judged as a stream already. */
function isOfHttp2(request: unknown): boolean {
  return typeof request === "object" && request !== null && "stream" in request;
}

/** Takes a stream. Whether it is none of ours, and goes on to the server's own listeners. */
async function take(
  gate: Gate,
  { context, ask }: Pick<Http2Interception, "context" | "ask">,
  { stream, raw }: { readonly stream: ServerHttp2Stream; readonly raw: readonly string[] },
): Promise<boolean> {
  const { session } = stream;
  if (session === undefined || session.destroyed) {
    stream.destroy();
    return false;
  }
  const { socket } = session;
  const arriving = http2Request({ raw, socket, ended: stream.endAfterHeaders, random: gate.random });
  if (arriving.kind === "websocket") {
    await handleUpgrade(gate, context, arriving, { client: http2End(stream), ask });
    return false;
  }
  const { target } = arriving;
  if (target.startsWith(WELL_KNOWN_PREFIX)) {
    await serveWellKnown(gate, context, { arriving, body: stream, response: http2Response(stream) });
    return false;
  }
  const paths = gate.policy.routes.map(({ path }) => path);
  if (!mayBeGuarded(target, paths)) return true;
  const response = http2Response(stream);
  const admitted = await guardRequest(gate, context, { arriving, response });
  if (admitted === null) return false;
  const { handshake, route } = admitted;
  const detail = "plain requests of HTTP/2 are not told who the caller is";
  refuseResponse(
    response,
    refuse({ code: "handshake.plain-http", detail }, factsOf(handshake, route.id), gate),
  );
  return false;
}
