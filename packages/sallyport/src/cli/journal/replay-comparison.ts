import type { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { asMapping } from "../../policy/raw-config.ts";
import type { ReplayMessage } from "./replay-client.ts";

/** A message of the server, then or now, as far as it is held. */
export interface HeldMessage {
  readonly binary: boolean;
  readonly size: number;
  /** `null`: it was not kept, or is too much to hold. */
  readonly bytes: Buffer | null;
  /** SHA-256; `null`: its content was not kept. */
  readonly digest: string | null;
}

/** The n-th message of the server then beside the n-th now. */
export interface ComparedMessage {
  /** From 1. */
  readonly nth: number;
  /** `alike`: as long as it was, and its content was not kept. */
  readonly result: "same" | "alike" | "differs" | "missing" | "more";
  /** Where: JSON pointers, or the offset of the first byte; empty where that is not known. */
  readonly where: readonly string[];
  /** What came then; `null`: nothing did. */
  readonly recorded: HeldMessage | null;
  /** What came now; `null`: nothing did. */
  readonly received: HeldMessage | null;
}

/** Contents that wait for their counterpart are held up to so many bytes; of more only the digest. */
const MOST_HELD = 32 * 1024 * 1024;
const MOST_PLACES = 5;
/** Deeper than this no difference is looked for: both texts are from peers. */
const MOST_DEPTH = 20;

/** Puts what a server sends beside what one sent then, message by message in their order. */
export class ReplayComparison {
  readonly counts: Record<ComparedMessage["result"], number> = {
    same: 0,
    alike: 0,
    differs: 0,
    missing: 0,
    more: 0,
  };
  readonly #tell: (compared: ComparedMessage) => void;
  readonly #recorded = new Waiting();
  readonly #received = new Waiting();
  #held = 0;
  #nth = 0;
  #cameNow = 0;
  #cameThen = 0;

  constructor(tell: (compared: ComparedMessage) => void) {
    this.#tell = tell;
  }

  /** How many came now. */
  get cameNow(): number {
    return this.#cameNow;
  }

  /** How many came then, up to here. */
  get cameThen(): number {
    return this.#cameThen;
  }

  /** Takes what came then. @param bytes `null`: not kept */
  record(message: { readonly binary: boolean; readonly size: number; readonly bytes: Buffer | null }): void {
    this.#cameThen += 1;
    this.#recorded.push(this.#hold(message));
    this.#pair();
  }

  /** Takes what comes now. */
  receive({ binary, bytes }: ReplayMessage): void {
    this.#cameNow += 1;
    this.#received.push(this.#hold({ binary, bytes, size: bytes.length }));
    this.#pair();
  }

  /** Nothing more comes, then or now: what has no counterpart is told. */
  finish(): void {
    for (const recorded of this.#recorded.all())
      this.#told({ result: "missing", where: [], recorded, received: null });
    for (const received of this.#received.all())
      this.#told({ result: "more", where: [], recorded: null, received });
  }

  #hold(message: {
    readonly binary: boolean;
    readonly size: number;
    readonly bytes: Buffer | null;
  }): HeldMessage {
    const { binary, size, bytes } = message;
    const digest = bytes === null ? null : hash("sha256", bytes, "hex");
    const isHeld = bytes !== null && this.#held + bytes.length <= MOST_HELD;
    if (isHeld) this.#held += bytes.length;
    return { binary, size, digest, bytes: isHeld ? bytes : null };
  }

  #pair(): void {
    while (this.#recorded.size > 0 && this.#received.size > 0) {
      const [recorded, received] = [this.#recorded.take(), this.#received.take()];
      this.#told({ ...compare(recorded, received), recorded, received });
    }
  }

  #told(compared: Omit<ComparedMessage, "nth">): void {
    const { recorded, received } = compared;
    this.#held -= (recorded?.bytes?.length ?? 0) + (received?.bytes?.length ?? 0);
    this.#nth += 1;
    this.counts[compared.result] += 1;
    this.#tell({ ...compared, nth: this.#nth });
  }
}

/** Messages that wait for their counterpart, which may be very many: taking the first one moves no other. */
class Waiting {
  #messages: HeldMessage[] = [];
  #taken = 0;

  get size(): number {
    return this.#messages.length - this.#taken;
  }

  push(message: HeldMessage): void {
    if (this.size === 0) {
      this.#messages = [];
      this.#taken = 0;
    }
    this.#messages.push(message);
  }

  take(): HeldMessage {
    const message = this.#messages[this.#taken++];
    if (message === undefined) throw new RangeError("nothing waits");
    return message;
  }

  *all(): Generator<HeldMessage> {
    while (this.size > 0) yield this.take();
  }
}

function compare(recorded: HeldMessage, received: HeldMessage): Pick<ComparedMessage, "result" | "where"> {
  if (recorded.digest === null)
    return {
      result: recorded.binary === received.binary && recorded.size === received.size ? "alike" : "differs",
      where: [],
    };
  if (recorded.digest === received.digest && recorded.binary === received.binary)
    return { result: "same", where: [] };
  return { result: "differs", where: placesOf(recorded, received) };
}

function placesOf(recorded: HeldMessage, received: HeldMessage): readonly string[] {
  if (recorded.binary !== received.binary)
    return [received.binary ? "binary, and was text" : "text, and was binary"];
  if (recorded.bytes === null || received.bytes === null) return [];
  const [before, after] = [parse(recorded), parse(received)];
  const places = before === undefined || after === undefined ? [] : differences(before, after);
  if (places.length === 0) return [`byte ${firstDifference(recorded.bytes, received.bytes)}`];
  const more = places.length - MOST_PLACES;
  return more > 0 ? [...places.slice(0, MOST_PLACES), `and more`] : places;
}

function parse({ binary, bytes }: HeldMessage): unknown {
  if (binary || bytes === null) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** JSON pointers (RFC 6901) of members that differ; one more than are shown at most. */
function differences(before: unknown, after: unknown, at = "", found: string[] = []): readonly string[] {
  if (found.length > MOST_PLACES || Object.is(before, after)) return found;
  const [left, right] = [membersOf(before), membersOf(after)];
  const isSame = left !== null && right !== null && Array.isArray(before) === Array.isArray(after);
  if (!isSame || at.split("/").length > MOST_DEPTH) {
    found.push(at === "" ? "/" : at);
    return found;
  }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const pointer = `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (Object.hasOwn(left, key) && Object.hasOwn(right, key))
      differences(left[key], right[key], pointer, found);
    else if (found.length <= MOST_PLACES) found.push(pointer);
  }
  return found;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return Array.isArray(value) ? Object.fromEntries(value.entries()) : asMapping(value);
}

function firstDifference(before: Buffer, after: Buffer): number {
  const length = Math.min(before.length, after.length);
  for (let at = 0; at < length; at++) if (before[at] !== after[at]) return at;
  return length;
}
