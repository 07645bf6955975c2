import type { FindingEvent } from "../events.ts";
import { addressKey, parseRange, type AddressRange } from "../guards/address-table.ts";
import { formatQuantity } from "../policy/format-quantity.ts";
import { BanLadder } from "../state/ban-ladder.ts";
import type { MemoryBans } from "../state/memory-bans.ts";
import type { NamedFinding } from "../watch/watch.ts";
import type { WatchOptions } from "../watch/watch-options.ts";
import { problemOf } from "../problem-of.ts";
import type { SessionFilter } from "./open-sessions.ts";
import type { OrderDone, OrderTarget, SlowOrder, WatchOrder } from "./watch-order.ts";

/** What answers work with: the gate in one process, or in several. */
export interface WatchHands {
  readonly bans: Pick<MemoryBans, "add" | "remove" | "get" | "list" | "find">;
  /** Does to open connections as ordered, in every process. */
  order(order: WatchOrder): Promise<OrderDone>;
}

/** What the configuration says of answers. */
export type AnswerOptions = Pick<WatchOptions, "mode" | "allow" | "allowUsers" | "ban" | "slow">;

/** What came of an answer. */
export interface Answered extends Pick<FindingEvent, "outcome" | "detail"> {
  /** The ban that was put in force, by which it is known again. */
  readonly ban?: { readonly cidr: string; readonly reason: string };
  /** Something lasts that can be lifted. */
  readonly lasts?: boolean;
}

const done = (detail: string): Answered => ({ outcome: "done", detail });
const failed = (detail: string): Answered => ({ outcome: "failed", detail });

/** The range that is banned for a subject: of IPv6 the /64, of anything else exactly what it says; `null` for what is none. */
export function banRange(subject: string): AddressRange | null {
  const parsed = parseRange(subject);
  if (!parsed.ok) return null;
  const { range } = parsed;
  if (range.family === 4 || range.prefix <= 64) return range;
  const wider = parseRange(addressKey(range.cidr.slice(0, range.cidr.indexOf("/"))));
  return wider.ok ? wider.range : null;
}

/** Which connections a finding is about; `null`: its subject is no single one's. */
function filterOf({ kind, value }: NamedFinding["subject"]): SessionFilter | null {
  if (kind === "address") {
    const range = banRange(value);
    return range === null ? null : { address: range.cidr };
  }
  if (kind === "user") return { user: value };
  return kind === "session" ? { session: value } : null;
}

/** Slow-downs that are remembered; no process has more in force. Of more, the one that was ordered first is forgotten here. */
const MAX_SLOWINGS = 1000;

/** Does about findings what the configuration says, in all processes of a gate, and takes it back. */
export class WatchAnswers {
  readonly #hands: WatchHands;
  readonly #ladder = new BanLadder();
  readonly #slowings = new Map<string, SlowOrder>();

  constructor(hands: WatchHands) {
    this.#hands = hands;
  }

  /** Slow-downs in force, for a process that starts now. */
  slowings(wallNow: number): readonly SlowOrder[] {
    this.#forgetEnded(wallNow);
    return [...this.#slowings.values()];
  }

  /** Slow-downs that are remembered, those that have ended included until the next one. */
  get slowingsKept(): number {
    return this.#slowings.size;
  }

  /** Answers a finding. Never rejects. @param wallNow milliseconds since the epoch */
  async answer(finding: NamedFinding, options: AnswerOptions, wallNow: number): Promise<Answered> {
    try {
      const { mode } = options;
      if (finding.answer === "alert") return done("");
      if (mode === "observe") return { outcome: "observe", detail: wouldDo(finding, options, wallNow) };
      return await this.#act(finding, options, wallNow);
    } catch (error) {
      return failed(problemOf(error));
    }
  }

  /** Takes back what lasts of an answer. What was lifted, in words; empty where nothing lasted. */
  async undo(finding: FindingEvent, answered: Answered, wallNow: number): Promise<readonly string[]> {
    const lifted: string[] = [];
    // What may fail comes first, so that a second try does nothing twice.
    if (answered.lasts === true) {
      this.#slowings.delete(finding.incident);
      const { reached } = await this.#hands.order({ kind: "lift", incident: finding.incident });
      lifted.push(`what ${reached} connections were held to`);
    }
    const { ban } = answered;
    if (ban !== undefined) {
      this.#ladder.descend(ban.cidr, wallNow);
      // Somebody may have banned it by other terms meanwhile: that is not ours to lift.
      const isOurs = this.#hands.bans
        .list(wallNow)
        .some(({ cidr, reason }) => cidr === ban.cidr && reason === ban.reason);
      if (isOurs && this.#hands.bans.remove(ban.cidr)) lifted.push(`the ban of ${ban.cidr}`);
    }
    return lifted;
  }

  #act(finding: NamedFinding, options: AnswerOptions, wallNow: number): Answered | Promise<Answered> {
    const { answer, subject } = finding;
    const filter = filterOf(subject);
    if (filter === null)
      return failed(
        subject.kind === "route"
          ? "nothing is done to everybody on a route"
          : `${JSON.stringify(subject.value)} is no address`,
      );
    const target = { filter, spare: { allow: options.allow, users: options.allowUsers } };
    // Who is known by name or by a connection is not kept from an address that others may share.
    if (answer === "ban" && subject.kind === "address")
      return this.#ban(finding, target, { options, wallNow });
    if (answer === "slow") return this.#slow(finding, target, { options, wallNow });
    if (answer === "refresh") return this.#demandRefresh(finding, target);
    return this.#close(finding, target);
  }

  async #ban(
    { incident, detector, subject }: NamedFinding,
    target: OrderTarget,
    { options, wallNow }: Acting,
  ): Promise<Answered> {
    const range = banRange(subject.value);
    if (range === null) return failed(`${JSON.stringify(subject.value)} is no address`);
    const { cidr } = range;
    const before = this.#hands.bans.get(cidr);
    if (before !== null && (before.until === null || wallNow < before.until))
      return done(`${cidr} is banned already, ${endOf(before.until)}`);
    const until = this.#ladder.climb(cidr, options.ban, wallNow);
    const reason = `watch: ${detector}, incident ${incident}`;
    const added = this.#hands.bans.add(cidr, { reason, until, automatic: true });
    if (!added.ok) {
      this.#ladder.descend(cidr, wallNow);
      return failed(added.problem);
    }
    const close = { code: "firewall.banned", detail: "banned while connected" } as const;
    // The ban is in force whatever comes of this, and can be lifted.
    const ended = await this.#hands.order({ kind: "close", incident, target, ...close }).then(
      ({ closed }) => `${connections(closed)} ended`,
      () => "its open connections could not be ended",
    );
    return { ...done(`${cidr} is banned ${endOf(until)}; ${ended}`), ban: { cidr, reason } };
  }

  async #slow(
    { incident }: NamedFinding,
    target: OrderTarget,
    { options, wallNow }: Acting,
  ): Promise<Answered> {
    const { to: perSecond, for: forMs } = options.slow;
    const order: SlowOrder = { kind: "slow", incident, target, perSecond, until: wallNow + forMs };
    this.#remember(order, wallNow);
    const { reached, unable } = await this.#hands.order(order);
    const rate = formatQuantity(perSecond, "rate");
    const others =
      unable === 0 ? "" : `; ${connections(unable)} cannot be: no \`messageRate\` is enforced there`;
    const detail = `${connections(reached)} held to ${rate} ${endOf(order.until)}${others}`;
    return { outcome: reached === 0 && unable > 0 ? "failed" : "done", detail, lasts: true };
  }

  // A gate whose processes live for months never asks which are in force.
  #remember(order: SlowOrder, wallNow: number): void {
    this.#forgetEnded(wallNow);
    this.#slowings.set(order.incident, order);
    const [oldest] = this.#slowings.keys();
    if (this.#slowings.size > MAX_SLOWINGS && oldest !== undefined) this.#slowings.delete(oldest);
  }

  #forgetEnded(wallNow: number): void {
    for (const { incident, until } of this.#slowings.values())
      if (until <= wallNow) this.#slowings.delete(incident);
  }

  async #demandRefresh({ incident }: NamedFinding, target: OrderTarget): Promise<Answered> {
    const { reached, closed } = await this.#hands.order({ kind: "refresh", incident, target });
    const others = closed === 0 ? "" : `; ${connections(closed)} that cannot be refreshed ended`;
    return { ...done(`${connections(reached - closed)} asked for a fresh credential${others}`), lasts: true };
  }

  async #close({ incident, detector }: NamedFinding, target: OrderTarget): Promise<Answered> {
    const { closed } = await this.#hands.order({
      kind: "close",
      incident,
      target,
      code: "watch.closed",
      detail: `${detector}, finding ${incident}`,
    });
    return done(`${connections(closed)} ended`);
  }
}

interface Acting {
  readonly options: AnswerOptions;
  readonly wallNow: number;
}

function wouldDo({ answer, subject }: NamedFinding, { ban, slow }: AnswerOptions, wallNow: number): string {
  const whom = `${subject.kind} ${subject.value}`;
  if (answer === "ban" && subject.kind === "address")
    return `would have banned ${banRange(subject.value)?.cidr ?? whom}, the first time until ${at(wallNow + ban.first)}`;
  if (answer === "slow")
    return `would have held ${whom} to ${formatQuantity(slow.to, "rate")} until ${at(wallNow + slow.for)}`;
  if (answer === "refresh") return `would have demanded a fresh credential of ${whom}`;
  return `would have ended the connections of ${whom}`;
}

function connections(count: number): string {
  return count === 1 ? "1 connection" : `${count} connections`;
}

function endOf(until: number | null): string {
  return until === null ? "until it is removed" : `until ${at(until)}`;
}

function at(wallNow: number): string {
  return new Date(wallNow).toISOString();
}
