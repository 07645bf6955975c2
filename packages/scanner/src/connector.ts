import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import { type Attempt, attemptOf, describeAttempt, retryAfter } from "./attempt.ts";
import { NoConnectionError, NotTestedError, NoTicketError } from "./not-tested.ts";
import type { Pace } from "./pace.ts";
import { dial } from "./probe/dial.ts";
import {
  createKey,
  type DraftRequest,
  type HandshakeChange,
  type RawRequest,
  type TicketOrder,
  describeRequest,
  serializeRequest,
  withHeaders,
} from "./probe/handshake.ts";
import { createMasker, FreshSecrets, type Masker } from "./probe/masker.ts";
import { isBodyWhole, Probe, type ProbeLimits } from "./probe/probe.ts";
import { problemOf } from "./problem-of.ts";
import {
  isAmbient,
  isCredentialName,
  type ScanSettings,
  secretsOf,
  tokenOfSubprotocol,
} from "./scan-settings.ts";
import type { Target } from "./target.ts";
import { TicketDesk } from "./ticket-desk.ts";
import { withTicket } from "./ticket.ts";

/** Another place than the target's own, on the same host. */
export interface Place {
  readonly port?: number;
  /** Null: without TLS. Default: as the target's URL says. */
  readonly tls?: ConnectionOptions | null;
}

/** Bytes that one connection may bring, and frames that it keeps. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_FRAMES = 2000;
/** How often a target that says it is busy is asked again, and the longest that it is waited for. */
const BUSY_TRIES = 3;
const LONGEST_WAIT_MS = 5000;
const BODY_MS = 500;
/** Headers that a request for a ticket has not, or has of its own. */
const OF_HANDSHAKES = /^(?:sec-websocket-.*|upgrade|connection|content-length|transfer-encoding)$/i;

/** Opens connections to the target, at the pace of the scan, and knows what a handshake normally looks like. */
export class Connector {
  readonly target: Target;
  /** What the user gave, and the subprotocol that the control found to be needed. */
  settings: ScanSettings;
  readonly mask: Masker;
  readonly #pace: Pace;
  /** Where tickets are fetched; null where there are none. */
  readonly #desk: TicketDesk | null;
  /** The origin that the control uses; until there is a control, the one that the user gave or the host's own. */
  origin: string | null;
  patienceMs: number;

  constructor(target: Target, settings: ScanSettings, pace: Pace) {
    this.target = target;
    this.settings = settings;
    const secrets = new FreshSecrets();
    this.mask = createMasker(secretsOf(settings, target.url), secrets);
    this.#pace = pace;
    const { mask } = this;
    const { ticket } = settings;
    this.#desk = ticket === null ? null : new TicketDesk({ target, settings, ticket, pace, mask, secrets });
    this.origin = settings.origin ?? target.ownOrigin;
    this.patienceMs = settings.patienceMs;
  }

  get limits(): ProbeLimits {
    return { maxBytes: MAX_BYTES, maxFrames: MAX_FRAMES, patienceMs: this.patienceMs };
  }

  /** What is left of the scan's time. */
  get leftMs(): number {
    return this.#pace.leftMs;
  }

  /** How long a handshake is waited for. */
  get answerMs(): number {
    return Math.max(2 * this.patienceMs, this.settings.handshakeMs);
  }

  /** Opens a connection on which nothing is said yet. Throws `NotTestedError` where it cannot be opened. */
  async dial({ port = this.target.port, tls }: Place = {}): Promise<Probe> {
    const { address, host, isTls, problem } = this.target;
    if (problem !== "") throw new NoConnectionError(`no connection: ${problem}`);
    await this.#pace.take();
    try {
      const socket = await dial({
        address,
        port,
        tls: tls === undefined ? (isTls ? {} : null) : tls,
        servername: host,
        timeoutMs: Math.max(this.patienceMs * 3, this.settings.handshakeMs * 1.5),
      });
      return new Probe(socket, this.mask, this.limits);
    } catch (error) {
      throw new NoConnectionError(`no connection: ${problemOf(error)}`, { cause: error });
    }
  }

  /** The handshake that the control makes, changed. */
  handshake(change: HandshakeChange = {}): DraftRequest {
    const { credentials = true, origin = this.origin } = change;
    const isKnown = credentials === true;
    const offered = isKnown
      ? this.settings.subprotocols
      : this.settings.subprotocols.filter((name) => tokenOfSubprotocol(name) === null);
    const { subprotocols = offered } = change;
    const base = [
      ["Host", this.target.authority],
      ["Connection", "Upgrade"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", createKey()],
      ["User-Agent", this.settings.userAgent],
      ...(origin === null ? [] : [["Origin", origin] as const]),
      ...(subprotocols.length === 0 ? [] : [["Sec-WebSocket-Protocol", subprotocols.join(", ")] as const]),
      ...this.#headersOf(credentials),
    ] as const;
    const request: RawRequest = {
      method: change.method ?? "GET",
      path: change.path ?? (isKnown ? this.target.path : this.#pathWithoutCredentials()),
      ...(change.version === undefined ? {} : { version: change.version }),
      headers: [...withHeaders(base, change.set ?? {}), ...(change.add ?? [])],
    };
    const { ticket: settings } = this.settings;
    if (settings === null || change.ticket === null) return request;
    if (change.ticket !== undefined) return withTicket(request, change.ticket, settings);
    return { ...request, ticket: this.#orderOf(change) };
  }

  /** Who asks for the ticket of a handshake with a change: whoever makes that handshake. */
  #orderOf({ credentials = true, origin = this.origin, set = {} }: HandshakeChange): TicketOrder {
    const { ticket, userAgent } = this.settings;
    const isKnown = credentials === true;
    const host = ticket?.url?.host ?? this.target.authority;
    const isGiven = (name: string): boolean =>
      this.settings.credentials.some(([each]) => each.toLowerCase() === name.toLowerCase());
    // Where tickets are given elsewhere, the handshake's host is not theirs.
    const said = Object.entries(set).filter(([name]) =>
      name.toLowerCase() === "host"
        ? host === this.target.authority
        : isGiven(name) || (!isKnown && !OF_HANDSHAKES.test(name)),
    );
    const base = [
      ["Host", host],
      ["User-Agent", userAgent],
      ["Content-Type", "application/json"],
      ["Sallyport-Request", "1"],
      ...(origin === null ? [] : [["Origin", origin] as const]),
      ...this.#headersOf(credentials),
    ] as const;
    const headers = withHeaders(base, Object.fromEntries(said));
    const asked = headers.find(([name]) => name.toLowerCase() === "host")?.[1];
    const isSame = origin === null || origin === this.origin || origin.replace(/^https?:\/\//, "") === asked;
    return {
      headers,
      isOther: !isKnown || origin !== this.origin || said.length > 0,
      foreignOrigin: isSame ? null : origin,
    };
  }

  /** The request with a ticket of its own, where it needs one; without, where whoever asks is given none. Throws `NoTicketError`. */
  async prepare({ ticket: order, ...request }: DraftRequest): Promise<RawRequest> {
    const { ticket: settings } = this.settings;
    if (order === undefined || settings === null || this.#desk === null) return request;
    const answer = await this.#desk.fetch(order);
    if (answer.kind === "refused") return { ...request, remark: answer.words };
    return withTicket(request, answer.ticket, settings);
  }

  /** A ticket as those have it who make normal connections. Throws `NoTicketError` where they are given none, or there are none. */
  async ticket(): Promise<string> {
    const answer = await this.#desk?.fetch(this.#orderOf({}));
    if (answer?.kind !== "given") throw new NotTestedError("no ticket is fetched: give --ticket");
    return answer.ticket;
  }

  /** Sends a request and waits for what comes back, to the end of its head, and of its body where it is no upgrade. */
  async exchange(draft: DraftRequest, place: Place = {}): Promise<Attempt> {
    const request = await this.prepare(draft);
    const probe = await this.dial(place);
    probe.send(serializeRequest(request), describeRequest(request));
    return this.answered(probe);
  }

  /** Waits for the answer to a request that was sent. */
  async answered(probe: Probe): Promise<Attempt> {
    await probe.waitFor(() => probe.head !== null || probe.isGarbage, this.answerMs);
    if (probe.head !== null && probe.head.status !== 101)
      await probe.waitFor(() => isBodyWhole(probe), BODY_MS);
    return attemptOf(probe);
  }

  /** Makes a handshake, and again where the target says that it is busy. Throws `NotTestedError` where it goes on saying so. */
  open(change: HandshakeChange = {}, place: Place = {}): Promise<Attempt> {
    return this.ask(() => this.handshake(change), place);
  }

  /** Sends a request, and one more where the target says that it is busy. Throws `NotTestedError` where it goes on saying so. */
  async ask(create: () => DraftRequest, place: Place = {}): Promise<Attempt> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.exchange(create(), place).catch(busyDesk);
      const waitMs = answer instanceof NoTicketError ? answer.retryMs : retryAfter(answer);
      if (answer instanceof NoTicketError) {
        if (waitMs === null || tries === BUSY_TRIES || waitMs > LONGEST_WAIT_MS) throw answer;
      } else {
        if (waitMs === null) return answer;
        answer.probe.destroy();
        if (tries === BUSY_TRIES || waitMs > LONGEST_WAIT_MS)
          throw new NotTestedError(`the target limits handshakes: ${describeAttempt(answer)}`);
      }
      await sleep(waitMs);
    }
  }

  /** The headers by which the user is known, as far as they are sent. */
  #headersOf(sent: NonNullable<HandshakeChange["credentials"]>): ScanSettings["credentials"] {
    const { credentials } = this.settings;
    if (sent === "ambient") return credentials.filter(isAmbient);
    return sent ? credentials : [];
  }

  #pathWithoutCredentials(): string {
    const url = new URL(this.target.url);
    const names = [...url.searchParams.keys()].filter(isCredentialName);
    for (const name of names) url.searchParams.delete(name);
    return `${url.pathname}${url.search}`;
  }
}

/** No ticket for now, as a value; what else was thrown goes on. */
function busyDesk(error: unknown): NoTicketError {
  if (error instanceof NoTicketError) return error;
  throw error;
}
