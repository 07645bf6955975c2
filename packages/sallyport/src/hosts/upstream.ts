import type { Socket } from "node:net";
import type { Upstream } from "../policy/policy.ts";
import { serializeExtensions } from "../protocol/extensions.ts";
import { HeaderList } from "../protocol/header-list.ts";
import { MAX_RESPONSE_HEAD_BYTES, parseResponseHead, type ResponseHead } from "../protocol/response-head.ts";
import { serializeUpgradeRequest } from "../protocol/upgrade-request.ts";
import type { AskApplication, FailedAnswer, OtherAnswer, SwitchedAnswer, UpgradeAsk } from "./application.ts";
import { applicationHeaders, applicationTarget } from "./application-headers.ts";
import { readWithNode } from "./node-answer.ts";
import { failure } from "./upstream-request.ts";
import { openUpstreamSocket } from "./upstream-socket.ts";
import { socketWire } from "./wire.ts";

type Answer = SwitchedAnswer | OtherAnswer | FailedAnswer;

/**
 * Asks the route's upstream for an upgrade. The whole attempt, from the connect to the answer's head, is bounded by the
 * route's `upstream.timeout`. Of an answer, a switch of protocols alone is parsed here, and strictly: node:http's client costs
 * more than all else of a handshake. Whatever else comes is left to Node's parser.
 */
export const askUpstream: AskApplication = (ask) => {
  return ask.statement().then((statement): Promise<Answer> | FailedAnswer => {
    if (ask.end.over) return { kind: "failed", code: "upstream.unreachable", detail: "the client has gone" };
    const head = upgradeHead(ask, statement);
    return new Promise((resolve) => new Attempt(ask, resolve).send(head));
  });
};

function upgradeHead({ handshake, route, session, extensions }: UpgradeAsk, statement: string): string {
  const headers = applicationHeaders(handshake, { session, identity: statement });
  headers.push("Connection", "Upgrade", "Upgrade", "websocket");
  if (handshake.subprotocols.length > 0)
    headers.push("Sec-WebSocket-Protocol", handshake.subprotocols.join(", "));
  if (extensions.length > 0) headers.push("Sec-WebSocket-Extensions", serializeExtensions(extensions));
  return serializeUpgradeRequest(applicationTarget(handshake, route.upstream.pathPrefix), headers);
}

/** The first bytes of every answer that is parsed here: a status of 100 to 199. */
const INTERIM = "HTTP/1.1 1";

/** One question to an application, until the head of its answer is read. */
class Attempt {
  readonly #end: UpgradeAsk["end"];
  readonly #upstream: Upstream;
  readonly #resolve: (answer: Answer) => void;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  /** What came of the answer before its head was whole. */
  #begun: Buffer | null = null;
  /** Bytes of all heads so far. */
  #size = 0;

  constructor({ route, end }: UpgradeAsk, resolve: (answer: Answer) => void) {
    this.#end = end;
    this.#upstream = route.upstream;
    this.#resolve = resolve;
    this.#socket = openUpstreamSocket(this.#upstream);
    this.#timer = setTimeout(this.#onLate, this.#upstream.timeoutMs);
  }

  send(head: string): void {
    const socket = this.#socket;
    this.#end.onOver = () => void socket.destroy();
    socket.once(this.#upstream.secure ? "secureConnect" : "connect", () => socket.write(head, "latin1"));
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onEnd);
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#size += bytes.length;
    this.#read(this.#begun === null ? bytes : Buffer.concat([this.#begun, bytes]));
  };

  readonly #onEnd = (): void => this.#fail("unreachable", `${this.#upstream.text} ended the connection`);

  readonly #onError = (error: Error): void => {
    this.#settle({ kind: "failed", ...failure(error, this.#upstream) });
    this.#socket.destroy();
  };

  readonly #onLate = (): void =>
    this.#fail("too-slow", `no answer within ${this.#upstream.timeoutMs} ms from ${this.#upstream.text}`);

  #read(bytes: Buffer): void {
    if (!INTERIM.startsWith(bytes.toString("latin1", 0, INTERIM.length))) return this.#leaveToNode(bytes);
    const head = parseResponseHead(bytes);
    if (head === "malformed" || this.#size - bytes.length > MAX_RESPONSE_HEAD_BYTES)
      return this.#fail("bad-answer", `${this.#upstream.text}: it cannot be parsed`);
    if (head === "incomplete") {
      this.#begun = bytes;
      return;
    }
    const rest = bytes.subarray(head.size);
    if (head.status === 101) return this.#switched(head, rest);
    this.#begun = null;
    if (rest.length > 0) this.#read(rest);
  }

  #switched({ status, headers }: ResponseHead, rest: Uint8Array): void {
    const socket = this.#socket;
    this.#stopListening();
    this.#settle({ kind: "switched", status, headers, wire: socketWire(socket), head: rest });
  }

  #leaveToNode(bytes: Buffer): void {
    this.#stopListening();
    readWithNode(this.#socket, bytes).then(
      (answer) =>
        this.#settle({
          kind: "answered",
          status: answer.statusCode ?? 0,
          headers: new HeaderList(answer.rawHeaders),
          body: answer,
        }),
      this.#onError,
    );
  }

  #fail(why: "unreachable" | "too-slow" | "bad-answer", detail: string): void {
    this.#settle({ kind: "failed", code: `upstream.${why}`, detail });
    this.#socket.destroy();
  }

  /** Once: what comes later changes nothing. */
  #settle(answer: Answer): void {
    clearTimeout(this.#timer);
    // The body of a refusal is still to be read: it ends with the client, too.
    if (answer.kind !== "answered") this.#end.onOver = null;
    this.#resolve(answer);
  }

  /** Nobody listens between here and the driver: an error must not end the process. Its `close` is seen there. */
  #stopListening(): void {
    const socket = this.#socket;
    socket.pause();
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#onEnd);
    socket.on("error", ignore);
    socket.off("error", this.#onError);
  }
}

function ignore(): void {}
