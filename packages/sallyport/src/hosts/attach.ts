import { Server, type IncomingMessage } from "node:http";
import { Server as SecureServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { loadAttachConfig, type AttachInput } from "../policy/attach-config.ts";
import type { AskApplication } from "./application.ts";
import { AttachedSocket } from "./attached-socket.ts";
import { dressRequest } from "./dress-request.ts";
import { openInside, type InsideGate, type InsideHost, type InsideOptions } from "./inside-gate.ts";
import { intercept, listenerContext, type EmitEvent } from "./intercept.ts";
import { remainingAnswer } from "./remaining-answer.ts";

/** What `attach` can be lent. */
export type AttachOptions = InsideOptions;

/** A gate in front of a server's own listeners. */
export type Attached = InsideGate;

/** An application has this long to answer an upgrade that it was handed, milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

const guarded = new WeakSet<object>();

/** Marks a server as guarded. @throws {TypeError} where it is guarded already */
export function markGuarded(server: object): void {
  if (guarded.has(server)) throw new TypeError("Sallyport is attached to this server already");
  guarded.add(server);
}

/** What differs from the other host inside an application: somebody else's server listens. */
export const attachHost: InsideHost<AttachInput> = {
  load: loadAttachConfig,
  fixed: ({ state = "memory", trustedProxies = [], forwardedHeader = "x-forwarded-for" }) => [
    ["`state`", state],
    ["`trustedProxies` and `forwardedHeader`", [trustedProxies, forwardedHeader]],
  ],
  proxies: ({ trustedProxies = [] }) => trustedProxies,
};

/**
 * The second host: puts the gate in front of the `upgrade` and `request` listeners of a server, whoever added them and
 * whenever, so that no listener sees a raw socket. Upgrades to a path that no route names are refused (404); plain requests
 * to such paths are the application's own and pass untouched.
 *
 * @throws {TypeError} when something is attached to this server already, or it is none of `node:http` or `node:https`: a server
 * of HTTP/2 hands its streams on by events of their own
 */
export function attach(server: Server, policy: AttachInput, options: AttachOptions = {}): Attached {
  if (!(server instanceof Server || (server as unknown) instanceof SecureServer))
    throw new TypeError("Sallyport is attached to servers of node:http or node:https");
  markGuarded(server);
  const { opening, inside } = openInside(policy, attachHost, options);
  intercept(server, { opening, context: listenerContext(server, policy), askerOf: askListeners });
  return inside;
}

/** Hands the upgrade to the server's own listeners, with a socket of ours in place of the client's. */
function askListeners(call: EmitEvent, incoming: IncomingMessage, client: Duplex): AskApplication {
  return async (ask) => {
    const socket = new AttachedSocket(client as Socket);
    // A library that has let go of its socket must not end the process by a late error.
    socket.on("error", () => {});
    dressRequest(incoming, { ...ask, statement: await ask.statement() });
    incoming.socket = socket as unknown as Socket;
    const stop = (): void => void socket.destroy();
    const timer = setTimeout(stop, ANSWER_WITHIN_MS);
    ask.end.onOver = stop;
    const heard = call("upgrade", incoming, socket, Buffer.alloc(0));
    const answer = heard ? await socket.answer : null;
    clearTimeout(timer);
    if (answer === null) {
      socket.destroy();
      return {
        kind: "failed",
        code: "upstream.bad-answer",
        detail: heard ? "the application did not answer the upgrade" : "no upgrade listener",
      };
    }
    const { status, headers } = answer.head;
    // Whatever else it answered, its socket ends with the handshake.
    if (status !== 101)
      return {
        kind: "answered",
        status,
        headers,
        body: remainingAnswer(socket, answer.rest, ANSWER_WITHIN_MS),
      };
    ask.end.onOver = null;
    return { kind: "switched", status, headers, wire: socket.wire, head: answer.rest };
  };
}
