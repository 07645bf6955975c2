import { randomBytes } from "node:crypto";
import { Server, type IncomingMessage, type ServerResponse } from "node:http";
import { Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import type { Emit } from "../events.ts";
import { createAddressTable } from "../guards/address-table.ts";
import type { ListenerFacts } from "../guards/guard.ts";
import type { Revocation } from "../guards/shared-state.ts";
import type { MasterKey } from "../journal/master-key.ts";
import { loadAttachConfig, type AttachInput } from "../policy/attach-config.ts";
import { isLoopback } from "../guards/loopback.ts";
import { dataDirectory } from "./data-directory.ts";
import { developmentKeys } from "./development-issuer.ts";
import { compilePolicy, type Policy, type PolicyServices } from "../policy/policy.ts";
import { renderProblem } from "../policy/problem.ts";
import { isAnotherJournal, isOtherTelemetry } from "../policy/restart-reasons.ts";
import type { MemoryBans } from "../state/memory-bans.ts";
import { newRevocation, type RevocationInput } from "../state/new-revocation.ts";
import { createMemoryState, type MemoryState } from "../state/memory-state.ts";
import type { AskApplication } from "./application.ts";
import { AttachedSocket } from "./attached-socket.ts";
import { closeBanned, closingBans } from "./ban-open.ts";
import { createFingerprint, newFingerprintKey } from "./credential-fingerprint.ts";
import { closeSessions, DEFAULT_DRAIN, type DrainOptions } from "./drain.ts";
import { dressRequest } from "./dress-request.ts";
import { safeListener } from "./event-listener.ts";
import { http1Request } from "./arrival.ts";
import { http1End } from "./client-end.ts";
import { guardRequest } from "./forward.ts";
import { MAX_FINDINGS, type KeptFinding } from "./findings.ts";
import { journalOf, type GateJournal } from "./gate-journal.ts";
import { GateWatch } from "./gate-watch.ts";
import { createGate, type Gate, type ListenerContext } from "./gate.ts";
import { mayBeGuarded } from "./guarded-path.ts";
import { openOutputs, type Outputs } from "./outputs.ts";
import { ownVersion } from "./own-version.ts";
import { directPeers } from "./peer.ts";
import { putPolicyInForce, type Reloaded } from "./reevaluate.ts";
import { handleUpgrade } from "./upgrade.ts";
import { hasPendingAnswer, trackAnswer } from "./pending-answers.ts";
import { refuseSocket } from "./refusal.ts";
import { remainingAnswer } from "./remaining-answer.ts";
import { tellUnparsed } from "./unparsed.ts";
import { WatchPost } from "./watch-post.ts";
import { readinessProblems, serveWellKnown } from "./well-known.ts";
import { WELL_KNOWN_PREFIX } from "./well-known-path.ts";

/** What `attach` can be lent. */
export interface AttachOptions {
  /** Takes every event: for the application's own log and metrics. What it throws is a process warning. Default: nobody. */
  readonly onEvent?: Emit;
  /** Bans in force, to share them between servers; default: none. Add to `attached.bans` to end open connections too. */
  readonly bans?: MemoryBans;
  /** What relative paths are relative to. Default: the working directory. */
  readonly directory?: string;
  /**
   * The journal's master key, where something keeps it that does not give it away: then `journal` names none itself. It is asked once, when the
   * journal is opened. Default: what `journal` names.
   */
  readonly journalKey?: MasterKey;
}

/** A gate in front of a server's own listeners. */
export interface Attached {
  /** Resolves when the policy is in force; rejects with everything that is wrong with it. Until then handshakes wait. */
  readonly ready: Promise<void>;
  /** Bans in force. What is added here refuses an address or range, and ends its open connections (4529). */
  readonly bans: MemoryBans;
  /** Ends the open connections of addresses that were banned elsewhere: in the `bans` that servers share. Answers how many. */
  closeBanned(): number;
  /**
   * Revokes a token, session, user or tenant: new connections are refused (401), open ones end within a second (4540). Throws
   * what is wrong with the input.
   */
  revoke(input: RevocationInput): Revocation;
  /**
   * Puts another policy in force: for new connections, and for the open ones, of which it closes those that it does not admit.
   * Rejects with everything that is wrong with it; then nothing changes.
   */
  reload(policy: AttachInput): Promise<Reloaded>;
  /** Why it is not ready; empty when it is. */
  problems(): readonly string[];
  /** What the watch found last, the newest first, and what was done about it: at most 1,000. */
  findings(): readonly KeptFinding[];
  /** Takes back what was done about a finding: its ban, slow-down or demand. What was lifted; `null`: no such finding is known. */
  undo(incident: string): Promise<readonly string[] | null>;
  /** How many connections are open. */
  readonly connections: number;
  /** Closes the open connections with 1012 in batches, and refuses new ones. Close the server itself as before. */
  drain(options?: DrainOptions): Promise<void>;
}

type EmitEvent = (event: string | symbol, ...values: unknown[]) => boolean;

/** An application has this long to answer an upgrade that it was handed, milliseconds. */
const ANSWER_WITHIN_MS = 10_000;
const PLAIN_EVENTS: ReadonlySet<string | symbol> = new Set(["request", "checkContinue", "checkExpectation"]);

const STAND_IN: string = randomBytes(32).toString("base64");

const attached = new WeakSet<Server>();

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
  if (attached.has(server)) throw new TypeError("Sallyport is attached to this server already");
  attached.add(server);
  const own = createMemoryState();
  const state: MemoryState = { ...own, bans: options.bans ?? own.bans };
  const { bans } = state;
  const listener = safeListener(options.onEvent ?? (() => {}));
  let journal: GateJournal | null = null;
  let outputs: Outputs | null = null;
  const emit: Emit = (event) => {
    journal?.take(event);
    outputs?.take(event);
    listener(event);
    post.take(event);
  };
  const watch = new GateWatch({ hands: { bans, order: (order) => post.carryOut(order) }, emit });
  const post = new WatchPost((signal) => watch.take(signal), false);
  const watchBy = (next: Policy): void => {
    post.active = next.watch !== null;
    watch.follow({ options: next.watch, proxies: policy.trustedProxies ?? [] });
  };
  const directory = options.directory ?? process.cwd();
  const services: PolicyServices = {
    emit,
    ...state,
    fetch: globalThis.fetch,
    fingerprint: createFingerprint(newFingerprintKey()),
    wallNow: () => Date.now(),
    developmentKeys: () => developmentKeys(dataDirectory("development-issuer")),
  };
  const { journalKey = null } = options;
  const compiling = (input: AttachInput, after: Policy | null): Promise<Policy> =>
    compile(journalKey === null ? input : withStandIn(input), { services, directory, after });
  const opening = compiling(policy, null).then(async (compiled) => {
    journal = await journalOf(compiled, emit, journalKey).catch((error: unknown) => {
      compiled.release();
      throw error;
    });
    watchBy(compiled);
    outputs = openOutputs(compiled, { version: ownVersion(), emit });
    return await createGate(compiled, emit, { journal, watch: post });
  });
  let gate: Gate | null = null;
  const ready = opening.then((opened) => {
    gate = opened;
  });
  intercept(server, opening, policy);
  let lastReload: Promise<unknown> = opening.catch(() => {});
  const endBanned = (): number => (gate === null ? 0 : closeBanned(gate, bans));
  return {
    ready,
    bans: closingBans(bans, endBanned),
    async reload(next) {
      const opened = await opening;
      if (!sameProxies(policy, next))
        throw new TypeError(
          "sallyport: `trustedProxies` and `forwardedHeader` cannot be changed by a reload",
        );
      // One after the other: one that takes long to read must not replace what was asked for after it.
      const reloading = lastReload.then(async () => {
        const compiled = await compiling(next, opened.policy);
        if (isAnotherJournal(opened.policy.journal, compiled.journal)) {
          compiled.release();
          throw new TypeError("sallyport: `journal` cannot be changed by a reload, but for `payloads`");
        }
        if (isOtherTelemetry(opened.policy.telemetry, compiled.telemetry)) {
          compiled.release();
          throw new TypeError("sallyport: `telemetry` cannot be changed by a reload");
        }
        watchBy(compiled);
        outputs?.setAlerts(compiled.alerts);
        return await putPolicyInForce(opened, compiled);
      });
      lastReload = reloading.catch(() => {});
      return await reloading;
    },
    revoke(input) {
      const made = newRevocation(input, Date.now());
      if (!made.ok) throw new TypeError(`sallyport: ${made.problem}`);
      if (!state.revocations.add(made.revocation))
        throw new Error("sallyport: no room for another revocation");
      return made.revocation;
    },
    closeBanned: endBanned,
    problems: () => (gate === null ? ["the policy is not in force yet"] : readinessProblems(gate)),
    findings: () => watch.list({ limit: MAX_FINDINGS, before: null }).findings,
    async undo(incident) {
      const undone = await watch.undo(incident);
      if (undone === null) return null;
      const detail = `${incident}: lifted ${undone.lifted.join(", ") || "nothing"}`;
      emit({ type: "gate", level: "info", message: "what was done about a finding is taken back", detail });
      return undone.lifted;
    },
    get connections() {
      return gate?.sessions.size ?? 0;
    },
    async drain(drainOptions = DEFAULT_DRAIN) {
      const opened = await opening;
      opened.draining = true;
      await closeSessions(opened, drainOptions);
      opened.policy.release();
      watch.close();
      post.end();
      await opened.journal?.close();
      await outputs?.close();
    },
  };
}

/** A policy names a key: this one is never used, since `journalKey` takes its place. */
function withStandIn(input: AttachInput): AttachInput {
  const { journal } = input;
  if (journal === undefined || typeof journal !== "object") return input;
  return { ...input, journal: { ...journal, key: STAND_IN } };
}

async function compile(
  input: AttachInput,
  { services, directory, after }: { services: PolicyServices; directory: string; after: Policy | null },
): Promise<Policy> {
  const loaded = await loadAttachConfig(input, directory);
  if (!loaded.ok) throw new TypeError(`sallyport: ${loaded.problems.map(renderProblem).join("\n")}`);
  const compiled = await compilePolicy(loaded.config, services, { after });
  if (!compiled.ok) throw new TypeError(`sallyport: ${compiled.problems.map(renderProblem).join("\n")}`);
  return compiled.policy;
}

function sameProxies(one: AttachInput, other: AttachInput): boolean {
  return proxiesOf(one) === proxiesOf(other);
}

function proxiesOf({ trustedProxies = [], forwardedHeader = "x-forwarded-for" }: AttachInput): string {
  return JSON.stringify([trustedProxies, forwardedHeader]);
}

/** From now on the server's own `emit` is ours: that is where every listener, old and new, is called from. */
function intercept(server: Server, opening: Promise<Gate>, input: AttachInput): void {
  const call = server.emit.bind(server) as EmitEvent;
  const context = listenerContext(server, input);
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
            ask: askListeners(call, incoming, socket),
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

function listenerContext(server: Server, input: AttachInput): ListenerContext {
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

/** Hands the upgrade to the server's own listeners, with a socket of ours in place of the client's. */
function askListeners(call: EmitEvent, incoming: IncomingMessage, client: Duplex): AskApplication {
  return async (ask) => {
    const socket = new AttachedSocket(client as Socket);
    // A library that has let go of its socket must not end the process by a late error.
    socket.on("error", () => {});
    dressRequest(incoming, ask);
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
