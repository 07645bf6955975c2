import type { Buffer } from "node:buffer";
import type { ClosedEvent, DecisionEvent, HandshakeEvent, OpenEvent, RefreshEvent } from "../events.ts";
import type { Denial } from "../guards/guard.ts";
import { release } from "../hosts/arrival.ts";
import type { JournalNote, MessageRecord } from "../journal/journal-record.ts";
import type { FoundRecord } from "../journal/search-journal.ts";
import type { Found } from "./policy-test-verdict.ts";
import type { RecordedChange, RecordedTally } from "./recorded-changes.ts";
import { readHandshake } from "./recorded-handshake.ts";
import { RecordedSession } from "./recorded-session.ts";
import type { RecordedStage } from "./recorded-stage.ts";

/** Connections that are followed at once: of more the one that was silent longest is let go. Some 10 KB each. */
const MOST_SESSIONS = 10_000;
/** A connection that the gate ended itself may end a little earlier or later when it is played. */
const SAME_END_MS = 1000;
/** What timers found that go by what is in the record; whether a peer still answered is not. */
const REPEATABLE: ReadonlySet<string> = new Set(["expiry.token", "heartbeat.idle", "heartbeat.life"]);
/** Refusals by these say nothing of the policy: the application refused, or the gate could not. */
const NOT_THE_POLICY: ReadonlySet<string> = new Set(["upstream", "session"]);

type Timed<Event> = Event & { readonly time: number };

type Place = Pick<FoundRecord, "frame" | "position">;

/** A connection of the record. */
interface Followed {
  /** `null`: its handshake is refused now, or no route of the policy serves it. */
  readonly playing: RecordedSession | null;
  /** Why there is nothing to play: refused, or not to be judged. */
  readonly absent: "refused" | "not-judged" | null;
  /** That it was ended is told. */
  told: boolean;
  /** It is among the counted ones. */
  isCounted: boolean;
  /** Where its last record stands in the journal. */
  seen: Place;
  /** What a timer of the gate ended it for, then. */
  endedFor: Pick<DecisionEvent, "guard" | "code"> | null;
}

const UNPLAYED: Followed = {
  playing: null,
  absent: null,
  told: false,
  isCounted: false,
  seen: { frame: 0, position: 0 },
  endedFor: null,
};

/** What came to light about the journal while it was played. */
export interface TrafficFindings {
  /** Records that the journal counted and does not have, whatever they were. */
  shed: number;
  /** Connections whose end was not seen: the writer died, or there were too many at once. */
  unended: number;
  /** Connections that were open when the record ended. */
  open: number;
  /** Decisions and other events, which are not played. */
  records: number;
}

/**
 * Plays recorded traffic, the oldest record first, to a policy, and tallies what that would have done otherwise. What is not in
 * the journal is counted, and never made up. It holds the connections that were open at once in memory, and nothing else.
 */
export class RecordedTraffic {
  readonly findings: TrafficFindings = { shed: 0, unended: 0, open: 0, records: 0 };
  readonly #most: number;
  readonly #stage: RecordedStage;
  readonly #tally: RecordedTally;
  readonly #sessions = new Map<string, Followed>();
  /** Of the record that is taken. */
  #place: Place = { frame: 0, position: 0 };

  /** @param most connections that are followed at once */
  constructor(stage: RecordedStage, tally: RecordedTally, most: number = MOST_SESSIONS) {
    this.#most = most;
    this.#stage = stage;
    this.#tally = tally;
  }

  /** Takes what stands before the time that was asked for: who was connected by then. Nothing of it is judged. */
  async before({ record, frame, position }: FoundRecord): Promise<void> {
    this.#place = { frame, position };
    if (record.type === "open") await this.#open(record, false);
    else if (record.type === "closed") this.#end(record.session);
    else if (record.type === "refresh") this.#sessions.get(record.session)?.playing?.refresh(record);
    else if (record.type === "journal") this.#note(record);
  }

  /** Takes a record. */
  async take({ record, payload, frame, position }: FoundRecord): Promise<void> {
    this.#place = { frame, position };
    this.findings.records += 1;
    switch (record.type) {
      case "message":
        return await this.#message(record, payload);
      case "open":
        return await this.#open(record, true);
      case "handshake":
        return await this.#handshake(record);
      case "refresh":
        return this.#refresh(record);
      case "closed":
        return this.#closed(record);
      case "journal":
        return this.#note(record);
      case "decision":
        return this.#decision(record);
      case "admin":
      case "finding":
      case "gate":
        return undefined;
    }
  }

  /** The record ends here. */
  finish(): void {
    this.findings.open = this.#sessions.size;
    for (const session of this.#sessions.keys()) this.#end(session);
  }

  /** @param isJudged whether it is in what was asked for */
  async #open(event: Timed<OpenEvent>, isJudged: boolean): Promise<void> {
    this.#end(event.session);
    const counts = this.#tally.of(event.route);
    if (isJudged) counts.sessions += 1;
    const read = readHandshake(event);
    if (!read.ok) {
      if (isJudged) counts.handshakesNotJudged += 1;
      return this.#follow(event.session, { ...this.#partial(event), isCounted: isJudged });
    }
    const clock = this.#stage.clockAt(event.time);
    const judged = await this.#stage.ask(read, event.session, clock);
    if (isJudged) counts.handshakes += 1;
    if (isJudged && this.#stage.lacksClaimsOf(event.user)) counts.withoutClaims += 1;
    if (judged.verdict !== "admitted") {
      if (isJudged && judged.verdict === "refused") this.#tally.changed(refused(event, judged.denial));
      return this.#follow(event.session, { ...UNPLAYED, absent: "refused", isCounted: isJudged });
    }
    const { facts, handshake, route } = judged.opened;
    const stage = this.#stage;
    const isKnown = true;
    const back = (): void => release(handshake);
    const options = { stage, route, facts, clock, isKnown, isWhole: isJudged, release: back };
    const playing = new RecordedSession(options);
    this.#follow(event.session, { ...UNPLAYED, playing, isCounted: isJudged });
  }

  /** A connection of which the handshake is not known: it is played on the route that is called as it was then. */
  #partial({ session, route: label, address, user, time }: Timed<OpenEvent> | MessageRecord): Followed {
    const route = this.#stage.policy.routes.find(({ id }) => id === label);
    if (route === undefined) return { ...UNPLAYED, absent: "not-judged" };
    const clock = this.#stage.clockAt(time);
    const facts = this.#stage.factsWithout({ session, address, user }, route, clock);
    const whole = { isKnown: false, isWhole: false, release: () => {} };
    return {
      ...UNPLAYED,
      playing: new RecordedSession({ stage: this.#stage, route, facts, clock, ...whole }),
    };
  }

  async #handshake(event: Timed<HandshakeEvent>): Promise<void> {
    // The connection that it belongs to, or the refusal that came after it, has a record of its own.
    if (event.verdict !== "refuse" || NOT_THE_POLICY.has(event.guard)) return;
    if (event.arrival?.kind === "http") return;
    const counts = this.#tally.of(event.route);
    const read = readHandshake(event);
    const clock = this.#stage.clockAt(event.time);
    const judged = read.ok ? await this.#stage.ask(read, "", clock) : null;
    if (judged === null || judged.verdict === "unknown") {
      counts.handshakesNotJudged += 1;
      return;
    }
    counts.handshakes += 1;
    if (judged.verdict === "refused") {
      counts.stillRefused += 1;
      return;
    }
    release(judged.opened.handshake);
    const { guard, code } = event;
    this.#tally.changed({ ...placeOf(event), change: "no-longer-refused", guard, code, detail: "" });
  }

  async #message(record: MessageRecord, payload: Buffer | null): Promise<void> {
    const counts = this.#tally.of(record.route);
    counts.messages += 1;
    const followed = this.#followed(record);
    const { playing } = followed;
    if (playing === null) {
      if (followed.absent === "refused") counts.cutOff += 1;
      else counts.notJudged += 1;
      return;
    }
    const { content, found, missing } = await playing.message(record, payload);
    counts.shed += missing;
    if (found === null) {
      this.#toldOver(followed, record);
      counts.cutOff += 1;
      return;
    }
    if (content === "none") counts.notOnContent += 1;
    if (content === "redacted") counts.redacted += 1;
    this.#compare(record, found, followed);
  }

  #compare(record: MessageRecord, found: Found, followed: Followed): void {
    const counts = this.#tally.of(record.route);
    const wasRefused = record.verdict === "drop" || record.verdict === "close";
    const isRefused = found.verdict === "drop" || found.verdict === "close";
    if (found.verdict === "undecided") {
      counts.notJudged += 1;
    } else if (isRefused && wasRefused) {
      counts.stillRefused += 1;
      followed.told = found.verdict === "close" && record.verdict === "close";
    } else if (isRefused && found.denial !== null) {
      followed.told = found.verdict === "close";
      this.#tally.changed({ ...messagePlace(record), change: "refused", ...decided(found.denial) });
    } else if (wasRefused) {
      const { guard, code } = record;
      const change = { change: "no-longer-refused", guard, code, detail: "" } as const;
      this.#tally.changed({ ...messagePlace(record), ...change });
    } else if (found.verdict === "replace" && record.verdict !== "replace" && found.denial !== null) {
      this.#tally.changed({ ...messagePlace(record), change: "replaced", ...decided(found.denial) });
    }
  }

  #refresh(event: Timed<RefreshEvent>): void {
    this.#sessions.get(event.session)?.playing?.refresh(event);
  }

  #closed(event: Timed<ClosedEvent>): void {
    const followed = this.#sessions.get(event.session);
    if (followed !== undefined) this.#compareEnd(event, followed);
    this.#end(event.session);
  }

  #compareEnd(event: Timed<ClosedEvent>, followed: Followed): void {
    const { playing, endedFor } = followed;
    if (playing === null) return;
    playing.runTo(event.time);
    const { over } = playing;
    if (over !== null && over.at < event.time - SAME_END_MS) return this.#toldOver(followed, event);
    if (over !== null && event.closedBy === "gate" && !followed.told)
      this.#tally.of(event.route).stillRefused += 1;
    if (over !== null || endedFor === null) return;
    const { session, route, user, address, time } = event;
    const place = { what: "connection", session, route, user, address, time, direction: null } as const;
    const change = { change: "no-longer-refused", sequence: null, ...endedFor, detail: "" } as const;
    this.#tally.changed({ ...place, ...change });
  }

  #decision({ session, verdict, direction, guard, code }: DecisionEvent): void {
    const followed = this.#sessions.get(session);
    if (followed === undefined || verdict !== "close" || direction !== null) return;
    if (REPEATABLE.has(code)) followed.endedFor = { guard, code };
  }

  /** The connection would have been over before this. */
  #toldOver(followed: Followed, record: MessageRecord | Timed<ClosedEvent>): void {
    const over = followed.playing?.over ?? null;
    if (followed.told || over === null) return;
    followed.told = true;
    const sequence = record.type === "message" ? record.sequence : null;
    const { session, route, user, address } = record;
    const place = { what: "connection", session, route, user, address, direction: null } as const;
    this.#tally.changed({ ...place, change: "refused", sequence, time: over.at, ...decided(over.denial) });
  }

  #note(note: Timed<JournalNote>): void {
    if (note.what === "shed") this.findings.shed += note.records;
    if (note.what !== "started") return;
    // Whoever wrote before this died with its connections. Clocks may go back: what was before stands before.
    for (const [session, { seen }] of this.#sessions) {
      if (!isBefore(seen, this.#place)) continue;
      this.findings.unended += 1;
      this.#end(session);
    }
  }

  /** The connection of a message: the one that was silent longest is the first in the map. */
  #followed(record: MessageRecord): Followed {
    const followed = this.#sessions.get(record.session) ?? this.#partial(record);
    if (!followed.isCounted) {
      const counts = this.#tally.of(record.route);
      counts.sessions += 1;
      counts.partial += 1;
      followed.isCounted = true;
    }
    this.#follow(record.session, followed);
    return followed;
  }

  #follow(session: string, followed: Followed): void {
    this.#sessions.delete(session);
    this.#sessions.set(session, followed);
    followed.seen = this.#place;
    if (this.#sessions.size <= this.#most) return;
    const [silent] = this.#sessions.keys();
    if (silent === undefined) return;
    this.findings.unended += 1;
    this.#end(silent);
  }

  #end(session: string): void {
    this.#sessions.get(session)?.playing?.end();
    this.#sessions.delete(session);
  }
}

function isBefore(left: Place, right: Place): boolean {
  return left.frame < right.frame || (left.frame === right.frame && left.position < right.position);
}

function decided({ code, detail }: Denial): Pick<RecordedChange, "guard" | "code" | "detail"> {
  return { guard: code.slice(0, code.indexOf(".")), code, detail };
}

function placeOf(
  event: Timed<OpenEvent | HandshakeEvent>,
): Omit<RecordedChange, "change" | "guard" | "code" | "detail"> {
  const { route, user, address, time } = event;
  const session = event.type === "open" ? event.session : null;
  return { what: "handshake", session, route, user, address, time, sequence: null, direction: null };
}

function refused(event: Timed<OpenEvent>, denial: Denial): RecordedChange {
  return { ...placeOf(event), change: "refused", ...decided(denial) };
}

function messagePlace(record: MessageRecord): Omit<RecordedChange, "change" | "guard" | "code" | "detail"> {
  const { session, route, user, address, sequence, time, direction } = record;
  return { what: "message", session, route, user, address, sequence, time, direction };
}
