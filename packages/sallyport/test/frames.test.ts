import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Guard, GuardDefinition } from "../src/guards/guard.ts";
import { heartbeat } from "../src/guards/heartbeat.ts";
import { messageRate } from "../src/guards/message-rate.ts";
import { messageSize } from "../src/guards/message-size.ts";
import type { Side } from "../src/session/session-port.ts";
import { describeFrame, framesOf, RecordedSession } from "./recorded-session.ts";

/*
 * A case is a text file in `frames/`. Its first line is a comment with the source; then one step a line:
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
 * After the last step nothing may be left: no bytes that were not looked at, no event. Every case runs twice: with the
 * bytes of a step in one chunk, and one byte at a time.
 */

const folder = new URL("./frames/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".case"));
const LEAST_CASES = 80;

const definitions: Readonly<Record<string, GuardDefinition<never>>> = { messageSize, messageRate, heartbeat };

async function guardOf(words: readonly string[]): Promise<Guard> {
  const [name = "", ...pairs] = words;
  const definition = definitions[name];
  if (definition === undefined) throw new Error(`no guard ${name}`);
  const options = Object.fromEntries(
    pairs.map((pair) => {
      const [key = "", value = ""] = pair.split("=");
      return [key, /^(?:\d+|true|false)$/.test(value) ? (JSON.parse(value) as unknown) : value];
    }),
  );
  const services = {} as never;
  return definition.create(definition.options.parse(options), services);
}

function bytesOf(words: readonly string[]): Buffer {
  return Buffer.concat(
    words.map((word) => {
      const [hex = "", times = "1"] = word.split("*");
      if (!/^(?:[0-9a-f]{2})+$/.test(hex)) throw new Error(`not hex: ${word}`);
      return Buffer.concat(Array.from({ length: Number(times) }, () => Buffer.from(hex, "hex")));
    }),
  );
}

function sideOf(word: string | undefined): Side {
  if (word !== "client" && word !== "application") throw new Error(`not a side: ${word}`);
  return word;
}

class CaseRun {
  readonly recorded: RecordedSession;
  readonly #chunkBytes: number;
  readonly #sent: Record<Side, Uint8Array[]> = { client: [], application: [] };
  #now = 0;
  #eventsSeen = 0;

  constructor(guards: readonly Guard[], chunkBytes: number) {
    this.recorded = new RecordedSession(guards);
    this.#chunkBytes = chunkBytes;
  }

  step(verb: string, words: readonly string[]): void {
    const { session, calls, codes } = this.recorded;
    if (verb === ">") this.#send(sideOf(words[0]), bytesOf(words.slice(1)));
    else if (verb === "<") this.#look(sideOf(words[0]), words.slice(1));
    else if (verb === "event") expect(codes[this.#eventsSeen++]).toBe(words.join(" "));
    else if (verb === "at") {
      this.#now = Number(words[0]);
      if (session.deadline <= this.#now) session.tick(this.#now);
    } else if (verb === "ends") session.ended(sideOf(words[0]), this.#now);
    else if (verb === "gone") session.gone(sideOf(words[0]), this.#now);
    else if (verb === "ended") expect(calls).toContain(`end ${sideOf(words[0])}`);
    else if (verb === "destroyed") expect(calls).toContain(`destroy ${sideOf(words[0])}`);
    else throw new Error(`no such step: ${verb}`);
  }

  finish(): void {
    expect(this.recorded.take("client").toString("hex")).toBe("");
    expect(this.recorded.take("application").toString("hex")).toBe("");
    expect(this.recorded.codes.slice(this.#eventsSeen)).toEqual([]);
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
    if (word === "nothing") return expect(written.toString("hex")).toBe("");
    if (word === "same") return expect(written.equals(Buffer.concat(this.#sent[other].splice(0)))).toBe(true);
    if (word !== "close" && word !== "ping") {
      return expect(written.toString("hex")).toBe(bytesOf(words).toString("hex"));
    }
    const lines = framesOf(written, side === "application").map(describeFrame);
    if (word === "ping") return expect(lines.map((line) => line.slice(0, 4))).toEqual(["ping"]);
    expect(lines.map((line) => line.replace(/ sallyport:…$/, ""))).toEqual([words.join(" ")]);
  }
}

async function run(text: string, chunkBytes: number): Promise<void> {
  const steps = text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/));
  const guards = await Promise.all(
    steps.filter(([verb]) => verb === "guard").map(([, ...words]) => guardOf(words)),
  );
  if (!guards.some(({ name }) => name === "messageSize")) guards.push(await guardOf(["messageSize"]));
  const caseRun = new CaseRun(guards, chunkBytes);
  for (const [verb = "", ...words] of steps) if (verb !== "guard") caseRun.step(verb, words);
  caseRun.finish();
}

describe("golden frame cases", () => {
  it(`are at least ${LEAST_CASES}`, () => {
    expect(files.length).toBeGreaterThanOrEqual(LEAST_CASES);
  });

  for (const file of files) {
    const text = readFileSync(new URL(file, folder), "utf8");
    const title = text.slice(0, text.indexOf("\n")).replace(/^# /, "");
    it(`${file}: ${title}`, async () => {
      expect(title).toMatch(/RFC \d+/);
      await run(text, Number.POSITIVE_INFINITY);
    });
    it(`${file}, one byte at a time`, () => run(text, 1));
  }
});
