import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import { type Attempt, attemptOf, describeAttempt, retryAfter } from "./attempt.ts";
import { NoConnectionError, NotTestedError } from "./not-tested.ts";
import type { Pace } from "./pace.ts";
import { dial } from "./probe/dial.ts";
import {
  createKey,
  type HandshakeChange,
  type RawRequest,
  describeRequest,
  serializeRequest,
  withHeaders,
} from "./probe/handshake.ts";
import { createMasker, type Masker } from "./probe/masker.ts";
import { isBodyWhole, Probe, type ProbeLimits } from "./probe/probe.ts";
import { problemOf } from "./problem-of.ts";
import { isCredentialName, type ScanSettings, secretsOf } from "./scan-settings.ts";
import type { Target } from "./target.ts";

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

/** Opens connections to the target, at the pace of the scan, and knows what a handshake normally looks like. */
export class Connector {
  readonly target: Target;
  /** What the user gave, and the subprotocol that the control found to be needed. */
  settings: ScanSettings;
  readonly mask: Masker;
  readonly #pace: Pace;
  /** The origin that the control uses; until there is a control, the one that the user gave or the host's own. */
  origin: string | null;
  patienceMs: number;

  constructor(target: Target, settings: ScanSettings, pace: Pace) {
    this.target = target;
    this.settings = settings;
    this.mask = createMasker(secretsOf(settings, target.url));
    this.#pace = pace;
    this.origin = settings.origin ?? target.ownOrigin;
    this.patienceMs = settings.patienceMs;
  }

  get limits(): ProbeLimits {
    return { maxBytes: MAX_BYTES, maxFrames: MAX_FRAMES, patienceMs: this.patienceMs };
  }

  /** How long a handshake is waited for. */
  get answerMs(): number {
    return Math.max(2 * this.patienceMs, this.settings.handshakeMs);
  }

  /** Opens a connection on which nothing is said yet. Throws `NotTestedError` where it cannot be opened. */
  async dial({ port = this.target.port, tls }: Place = {}): Promise<Probe> {
    await this.#pace.take();
    const { address, host, isTls, problem } = this.target;
    if (problem !== "") throw new NoConnectionError(`no connection: ${problem}`);
    try {
      const socket = await dial({
        address,
        port,
        tls: tls === undefined ? (isTls ? {} : null) : tls,
        servername: host,
        timeoutMs: Math.max(this.patienceMs * 3, 3000),
      });
      return new Probe(socket, this.mask, this.limits);
    } catch (error) {
      throw new NoConnectionError(`no connection: ${problemOf(error)}`, { cause: error });
    }
  }

  /** The handshake that the control makes, changed. */
  handshake(change: HandshakeChange = {}): RawRequest {
    const {
      credentials: isKnown = true,
      origin = this.origin,
      subprotocols = this.settings.subprotocols,
    } = change;
    const base = [
      ["Host", this.target.authority],
      ["Connection", "Upgrade"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", createKey()],
      ["User-Agent", this.settings.userAgent],
      ...(origin === null ? [] : [["Origin", origin] as const]),
      ...(subprotocols.length === 0 ? [] : [["Sec-WebSocket-Protocol", subprotocols.join(", ")] as const]),
      ...(isKnown ? this.settings.credentials : []),
    ] as const;
    return {
      method: change.method ?? "GET",
      path: change.path ?? (isKnown ? this.target.path : this.#pathWithoutCredentials()),
      ...(change.version === undefined ? {} : { version: change.version }),
      headers: [...withHeaders(base, change.set ?? {}), ...(change.add ?? [])],
    };
  }

  /** Sends a request and waits for what comes back, to the end of its head, and of its body where it is no upgrade. */
  async exchange(request: RawRequest, place: Place = {}): Promise<Attempt> {
    const probe = await this.dial(place);
    probe.send(serializeRequest(request), describeRequest(request));
    return this.answered(probe);
  }

  /** Waits for the answer to a request that was sent. */
  async answered(probe: Probe): Promise<Attempt> {
    await probe.waitFor(() => probe.head !== null || probe.isGarbage, this.answerMs);
    if (probe.head?.status !== 101) await probe.waitFor(() => isBodyWhole(probe), BODY_MS);
    return attemptOf(probe);
  }

  /** Makes a handshake, and again where the target says that it is busy. Throws `NotTestedError` where it goes on saying so. */
  open(change: HandshakeChange = {}, place: Place = {}): Promise<Attempt> {
    return this.ask(() => this.handshake(change), place);
  }

  /** Sends a request, and one more where the target says that it is busy. Throws `NotTestedError` where it goes on saying so. */
  async ask(create: () => RawRequest, place: Place = {}): Promise<Attempt> {
    for (let tries = 1; ; tries += 1) {
      const attempt = await this.exchange(create(), place);
      const waitMs = retryAfter(attempt);
      if (waitMs === null) return attempt;
      attempt.probe.destroy();
      if (tries === BUSY_TRIES || waitMs > LONGEST_WAIT_MS)
        throw new NotTestedError(`the target limits handshakes: ${describeAttempt(attempt)}`);
      await sleep(waitMs);
    }
  }

  #pathWithoutCredentials(): string {
    const url = new URL(this.target.url);
    const names = [...url.searchParams.keys()].filter(isCredentialName);
    for (const name of names) url.searchParams.delete(name);
    return `${url.pathname}${url.search}`;
  }
}
