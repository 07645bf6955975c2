import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Http2SecureServer } from "node:http2";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import { loadAttachConfig, loadListenConfig, type ListenInput } from "../policy/attach-config.ts";
import type { OpenState } from "../state/open-state.ts";
import { attachHost, markGuarded } from "./attach.ts";
import { dataDirectory } from "./data-directory.ts";
import { DEFAULT_DRAIN, delay, type DrainOptions } from "./drain.ts";
import type { Gate } from "./gate.ts";
import { placeOf } from "./handler-failure.ts";
import { interceptHttp2, isHttp2Server } from "./intercept-http2.ts";
import { openInside, type InsideGate, type InsideHost, type InsideOptions } from "./inside-gate.ts";
import { intercept, listenerContext } from "./intercept.ts";
import { askHandler, type AnswerUpgrade, type Handler } from "./listen-handler.ts";
import type { Connection } from "./connection.ts";
import { AcmeBoard, putOn } from "./acme/acme-board.ts";
import { acmeFor } from "./acme/acme-for.ts";
import type { Acme } from "./acme/open-acme.ts";
import { shareCertificates } from "./acme/share-certificates.ts";
import { certificateFor } from "./listener-certificate.ts";
import { openListener, type Listener } from "./listener.ts";
import type { MessageServer } from "./message-server.ts";
import { ownServing } from "./serving.ts";
import { Topics } from "./topics.ts";

/** Servers of Node that `listen` can serve on. */
export type OwnServer = HttpServer | HttpsServer | Http2SecureServer;

/** What `listen` can be lent, and told. */
export interface ListenOptions extends InsideOptions {
  /** The application's own server, whose WebSockets are taken, whether it listens already or not. Absent: `policy.listen` says where. */
  readonly server?: OwnServer;
  /** Drains, and stops listening, when it aborts. */
  readonly signal?: AbortSignal;
  /**
   * What may wait for the handler before the client is read no further: UTF-16 units and bytes, 64 more for each message. One message
   * may be larger, up to `messageSize.inbound`. Default: 65,536.
   */
  readonly queueBytes?: number;
  /** Topics that one connection may subscribe to. Default: 1,000. */
  readonly maxTopics?: number;
  /** UTF-16 units in the name of a topic. Default: 256. */
  readonly maxTopicLength?: number;
  /**
   * Bytes that may wait for one client where `slowConsumer` is off or only observes; beyond them the connection is closed (1013). Default:
   * 64 MiB.
   */
  readonly maxUnsentBytes?: number;
}

/** What a server needs to know whose connections have a state. */
export interface UpgradeOption<State> {
  /** Answers each upgrade that the guards let pass: makes the connection's state, chooses a subprotocol, or refuses. */
  readonly upgrade: AnswerUpgrade<State>;
  /** Takes back a state whose connection never opened: the client went away while `upgrade` was asked, or the gate refused it after all. */
  readonly discard?: (state: State) => void;
}

/** A server of WebSockets. */
export interface ListenServer<State = undefined> extends Omit<
  InsideGate<ListenInput>,
  "connections" | "ready"
> {
  /** Where it listens, with the real ports; empty on a server of the application's. */
  readonly urls: readonly string[];
  /** How many connections are open. */
  readonly size: number;
  /** The open connections, as they are now. */
  connections(): readonly Connection<State>[];
  /**
   * Sends a message to all who are subscribed to a topic. It is encoded once; guards that judge it alike for all are asked once. What a
   * client does not read is bounded, for each, by `slowConsumer`. Answers to how many it was sent.
   */
  publish(topic: string, data: string | Uint8Array): number;
  /** How many are subscribed to a topic. */
  subscribers(topic: string): number;
  /** Drains, and stops listening. A server of the application's goes on. */
  close(options?: DrainOptions): Promise<void>;
}

const QUEUE_BYTES = 0x1_0000;
const MAX_TOPICS = 1000;
const MAX_TOPIC_LENGTH = 256;
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** The host with listeners of its own. */
const listenHost: InsideHost<ListenInput> = {
  load: loadListenConfig,
  fixed: ({ state = "memory", listen, trustedProxies, forwardedHeader }) => [
    ["`state`", state],
    ["`listen`, `trustedProxies` and `forwardedHeader`", [listen, trustedProxies, forwardedHeader]],
  ],
  proxies: ({ listen = [], trustedProxies = [] }) => [
    ...trustedProxies,
    ...[listen].flat().flatMap((listener) => listener.trustedProxies ?? []),
  ],
};

const serverHost: InsideHost<ListenInput> = { ...attachHost, load: loadAttachConfig };

/**
 * The third host: serves WebSockets to an application in this process, on listeners of its own or on a server of Node's. Each
 * handshake and each message passes the policy's guards before the handler sees it, and what it sends passes them before the client
 * does. Nothing is parsed twice, and nothing is handed from socket to socket.
 *
 * Resolves when the policy is in force and it listens. Rejects with everything that is wrong with the policy, or when it cannot
 * listen; then nothing is left open.
 *
 * @throws {TypeError} when something is attached to the server already, or it is one of HTTP/2 without TLS, which no browser speaks
 */
export function listen(policy: ListenInput, handler: Handler, options?: ListenOptions): Promise<ListenServer>;
/** The same for connections with a state, which `upgrade` makes. */
export function listen<State>(
  policy: ListenInput,
  handler: Handler<State>,
  options: ListenOptions & UpgradeOption<State>,
): Promise<ListenServer<State>>;
/** The one body of both. */
export async function listen<State>(
  policy: ListenInput,
  handler: Handler<State>,
  options: ListenOptions & Partial<UpgradeOption<State>> = {},
): Promise<ListenServer<State>> {
  const { server: own, signal, upgrade = null } = options;
  signal?.throwIfAborted();
  if (own !== undefined && isHttp2Server(own) && !(own instanceof TlsServer))
    throw new TypeError("Sallyport listens on servers of HTTP/2 with TLS alone");
  if (own !== undefined) markGuarded(own);
  let gate: Gate | null = null;
  const shared: MessageServer<State> = {
    handler,
    topics: new Topics(),
    queueBytes: options.queueBytes ?? QUEUE_BYTES,
    maxTopics: options.maxTopics ?? MAX_TOPICS,
    maxTopicLength: options.maxTopicLength ?? MAX_TOPIC_LENGTH,
    maxUnsentBytes: options.maxUnsentBytes ?? MAX_UNSENT_BYTES,
    discard: options.discard ?? null,
    ends: new Set(),
    failed: (detail) => gate?.emit({ type: "gate", level: "error", message: "a handler failed", detail }),
  };
  const {
    opening,
    inside,
    shared: state,
  } = openInside(policy, own === undefined ? listenHost : serverHost, options);
  // Who listens hears of it by `opening`.
  inside.ready.catch(() => {});
  const ask = askHandler(shared, upgrade);
  if (own !== undefined) serveOn(own, policy, { opening, ask });
  gate = await opening;
  const { listeners, acme } =
    own === undefined ? await openListeners({ gate, ask, inside, state: state() }) : NO_LISTENERS;
  let closing: Promise<void> | null = null;
  const close = async (drainOptions: DrainOptions): Promise<void> => {
    // While it drains it goes on answering, with 503.
    await Promise.all([inside.drain(drainOptions), acme?.close()]);
    await Promise.race([Promise.all(listeners.map((listener) => listener.close())), delay(1000)]);
  };
  const drain = (drainOptions: DrainOptions = DEFAULT_DRAIN): Promise<void> =>
    (closing ??= close(drainOptions));
  // Whoever calls `close` hears of it, too.
  const onAbort = (): void => void drain().catch((error: unknown) => shared.failed(placeOf(error)));
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    bans: inside.bans,
    reload: (next) => inside.reload(next),
    revoke: (input) => inside.revoke(input),
    closeBanned: () => inside.closeBanned(),
    problems: () => inside.problems(),
    findings: () => inside.findings(),
    undo: (incident) => inside.undo(incident),
    urls: listeners.map(({ url }) => url),
    get size() {
      return shared.ends.size;
    },
    connections: () => [...shared.ends].map(({ connection }) => connection),
    publish: (topic, data) => shared.topics.publish(topic, data),
    subscribers: (topic) => shared.topics.count(topic),
    drain,
    close: drain,
  };
}

/** What listens for the handler, and what keeps the certificates of that. */
interface OpenListeners {
  readonly listeners: readonly Listener[];
  /** `null`: nothing is open yet. */
  readonly acme: Acme | null;
}

const NO_LISTENERS: OpenListeners = { listeners: [], acme: null };

type Ask = ReturnType<typeof askHandler>;

/** Takes the WebSockets of a server of the application's. */
function serveOn(
  server: OwnServer,
  policy: ListenInput,
  { opening, ask }: { readonly opening: Promise<Gate>; readonly ask: Ask },
): void {
  const context = listenerContext(server, policy);
  if (isHttp2Server(server)) return interceptHttp2(server, { opening, context, ask });
  // Node asks whether anybody listens for upgrades before it tells of one.
  server.on("upgrade", (_request: IncomingMessage, _socket: Duplex) => {});
  intercept(server, { opening, context, askerOf: () => ask });
}

interface Listening {
  readonly gate: Gate;
  readonly ask: Ask;
  readonly inside: InsideGate<ListenInput>;
  readonly state: OpenState;
}

/** Opens every listener of the policy. Rejects, with nothing left open, when one cannot be opened. */
async function openListeners({ gate, ask, inside, state }: Listening): Promise<OpenListeners> {
  const listeners: Listener[] = [];
  const { policy, emit } = gate;
  const board = new AcmeBoard();
  let acme: Acme | null = null;
  try {
    acme = await acmeFor({
      ...policy,
      emit,
      publish: putOn(board),
      sharing: shareCertificates(state),
    });
    for (const listener of policy.listeners) {
      const developmentDirectory = dataDirectory("development-ca");
      const { certificate } = await certificateFor(listener, {
        policy,
        emit,
        developmentDirectory,
        acme: board,
      });
      listeners.push(
        await openListener(gate, listener, { certificate, ticketKeys: undefined, serving: ownServing(ask) }),
      );
    }
    acme?.start();
    return { listeners, acme };
  } catch (error) {
    await Promise.all([acme?.close(), ...listeners.map((listener) => listener.close())]);
    await inside.drain();
    throw error;
  }
}
