import { Buffer } from "node:buffer";
import type { Guard, GuardDefinition } from "../src/guards/guard.ts";
import { heartbeat } from "../src/guards/heartbeat.ts";
import { messageRate } from "../src/guards/message-rate.ts";
import { messageSize } from "../src/guards/message-size.ts";
import { makeServices } from "./handshake-fixture.ts";
import type { Side } from "../src/session/session-port.ts";
import { describeFrame, framesOf, RecordedSession } from "./recorded-session.ts";

type Make = (options: unknown) => Guard | Promise<Guard>;

const services = makeServices();

function maker<Options>(definition: GuardDefinition<Options>): Make {
  return (options) => definition.create(definition.options.parse(options), services);
}

const makers: Readonly<Record<string, Make>> = {
  messageSize: maker(messageSize),
  messageRate: maker(messageRate),
  heartbeat: maker(heartbeat),
};

async function guardOf(name: string, options: GuardOptions): Promise<Guard> {
  const make = makers[name];
  if (make === undefined) throw new Error(`no guard ${name}`);
  return make(options);
}

type GuardOptions = Readonly<Record<string, unknown>>;

function optionsOf(pairs: readonly string[]): GuardOptions {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = "", value = ""] = pair.split("=");
      return [key, /^(?:\d+|true|false)$/.test(value) ? (JSON.parse(value) as unknown) : value];
    }),
  );
}

/** A case as it is written. */
export interface FrameCase {
  /** Its first line: the source, and what it does. */
  readonly title: string;
  /** Options by the name of the guard. */
  readonly guards: Readonly<Record<string, GuardOptions>>;
  /** Each with its verb first. */
  readonly steps: readonly (readonly string[])[];
}

/** Reads the text of a case; {@link runCase} says what it may be. */
export function readCase(text: string): FrameCase {
  const lines = text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/));
  const guards = lines.filter(([verb]) => verb === "guard");
  return {
    title: text.slice(0, text.indexOf("\n")).replace(/^# /, ""),
    guards: Object.fromEntries(guards.map(([, name = "", ...pairs]) => [name, optionsOf(pairs)])),
    steps: lines.filter(([verb]) => verb !== "guard"),
  };
}

/** The bytes of tokens such as `81` or `898037fa213d*3`. */
export function caseBytes(words: readonly string[]): Buffer {
  return Buffer.concat(
    words.map((word) => {
      const [hex = "", times = "1"] = word.split("*");
      if (!/^(?:[0-9a-f]{2})+$/.test(hex)) throw new Error(`not hex: ${word}`);
      return Buffer.concat(Array.from({ length: Number(times) }, () => Buffer.from(hex, "hex")));
    }),
  );
}

/** The side that a word names. */
export function sideOf(word: string | undefined): Side {
  if (word !== "client" && word !== "application") throw new Error(`not a side: ${word}`);
  return word;
}

class CaseRun {
  readonly mismatches: string[] = [];
  readonly recorded: RecordedSession;
  readonly #chunkBytes: number;
  readonly #sent: Record<Side, Uint8Array[]> = { client: [], application: [] };
  #now = 0;
  #line = "";
  #eventsSeen = 0;

  constructor(guards: readonly Guard[], chunkBytes: number) {
    this.recorded = new RecordedSession(guards);
    this.#chunkBytes = chunkBytes;
  }

  #equal<Value extends string | boolean>(got: Value | undefined, wanted: Value): void {
    if (got !== wanted) this.mismatches.push(`${this.#line}: ${got}, wanted ${wanted}`);
  }

  step(verb: string, words: readonly string[]): void {
    this.#line = [verb, ...words].join(" ").slice(0, 60);
    const { session, calls, codes } = this.recorded;
    if (verb === ">") this.#send(sideOf(words[0]), caseBytes(words.slice(1)));
    else if (verb === "<") this.#look(sideOf(words[0]), words.slice(1));
    else if (verb === "event") this.#equal(codes[this.#eventsSeen++], words.join(" "));
    else if (verb === "at") {
      this.#now = Number(words[0]);
      if (session.deadline <= this.#now) session.tick(this.#now);
    } else if (verb === "ends") session.ended(sideOf(words[0]), this.#now);
    else if (verb === "gone") session.gone(sideOf(words[0]), this.#now);
    else if (verb === "ended") this.#equal(calls.includes(`end ${sideOf(words[0])}`), true);
    else if (verb === "destroyed") this.#equal(calls.includes(`destroy ${sideOf(words[0])}`), true);
    else throw new Error(`no such step: ${verb}`);
  }

  finish(): void {
    this.#line = "the end";
    this.#equal(this.recorded.take("client").toString("hex"), "");
    this.#equal(this.recorded.take("application").toString("hex"), "");
    this.#equal(this.recorded.codes.slice(this.#eventsSeen).join(), "");
  }

  #send(side: Side, bytes: Buffer): void {
    this.#sent[side].push(bytes);
    for (let at = 0; at < bytes.length; at += this.#chunkBytes) {
      this.recorded.send(side, bytes.subarray(at, at + this.#chunkBytes), this.#now);
    }
  }

  #look(side: Side, words: readonly string[]): void {
    const written = this.recorded.take(side);
    const other: Side = side === "client" ? "application" : "client";
    const [word = ""] = words;
    if (word === "nothing") return this.#equal(written.toString("hex"), "");
    if (word === "same")
      return this.#equal(written.toString("hex"), Buffer.concat(this.#sent[other].splice(0)).toString("hex"));
    if (word !== "close" && word !== "ping") {
      return this.#equal(written.toString("hex"), caseBytes(words).toString("hex"));
    }
    const lines = framesOf(written, side === "application").map(describeFrame);
    if (word === "ping") return this.#equal(lines.map((line) => line.slice(0, 4)).join(), "ping");
    this.#equal(lines.map((line) => line.replace(/ sallyport:…$/, "")).join(), words.join(" "));
  }
}

/**
 * Runs one case. A case is a text file in `frames/`. Its first line is a comment with the source; then one step a line:
 *
 *   guard NAME KEY=VALUE …      a guard with these options (messageSize, messageRate, heartbeat); must stand first
 *   > SIDE HEX …                the side (client, application) sends bytes; `HEX*N` repeats a token
 *   < SIDE HEX …                exactly these bytes were written to the side since the last look
 *   < SIDE same                 exactly what the other side sent since the last look
 *   < SIDE nothing
 *   < SIDE close CODE           one Close frame with this code, or `close` for one without a body
 *   < SIDE ping                 one ping
 *   event VERDICT CODE          the next decision
 *   at MS                       the clock shows MS, and the session's deadline is looked at
 *   ends SIDE, gone SIDE        the side ends its half of the socket; its socket is gone
 *   ended SIDE, destroyed SIDE  our half of the side's socket was ended; it was destroyed
 *
 * After the last step nothing may be left: no bytes that were not looked at, no event.
 *
 * @param chunkBytes the bytes of a step come in chunks of this size
 * @returns what was not as expected; empty when the case holds
 */
export async function runCase(text: string, chunkBytes: number): Promise<readonly string[]> {
  const { guards: named, steps } = readCase(text);
  const withSize = Object.entries({ messageSize: {}, ...named });
  const guards = await Promise.all(withSize.map(([name, options]) => guardOf(name, options)));
  const caseRun = new CaseRun(guards, chunkBytes);
  for (const [verb = "", ...words] of steps) caseRun.step(verb, words);
  caseRun.finish();
  return caseRun.mismatches;
}
