import { Buffer } from "node:buffer";
import type { DialectConnection, DialectFault, DialectReading, MessagePart } from "../dialects/dialect.ts";
import { parseJson } from "../dialects/parse-json.ts";
import type { Direction } from "../events.ts";
import type { Message } from "../guards/guard.ts";
import type { NameSink } from "./name-sink.ts";

/**
 * The message that guards look at: one object per lane, filled anew for each message. Text and JSON are made when first
 * asked for, and once for all guards; so is what it says in the connection's dialect.
 */
export class LaneMessage implements Message {
  readonly direction: Direction;
  opcode = 0;
  size = 0;
  /** What the connection speaks; changed between two messages only. */
  dialect: DialectConnection | null;
  readonly #names: NameSink | null;
  #payload: Uint8Array = EMPTY;
  #text: string | null = null;
  #json: { readonly value: unknown } | null = null;
  #reading: DialectReading | null = null;
  /** Its name before a guard replaced it; `undefined`: none did. */
  #nameBefore: string | null | undefined = undefined;

  /** @param names who is told how it is called, once it goes on; `null`: nobody */
  constructor(direction: Direction, dialect: DialectConnection | null = null, names: NameSink | null = null) {
    this.direction = direction;
    this.dialect = dialect;
    this.#names = names;
  }

  /** Shows the next message. @param payload unmasked; empty when no guard reads bytes */
  fill(opcode: number, size: number, payload: Uint8Array): void {
    this.opcode = opcode;
    this.size = size;
    this.#payload = payload;
    this.#text = null;
    this.#json = null;
    this.#reading = null;
    this.#nameBefore = undefined;
  }

  /** Shows what a guard made of it. */
  replace(payload: Uint8Array): void {
    const name = this.nameAsCame;
    this.fill(this.opcode, payload.length, payload);
    this.#nameBefore = name;
  }

  /** What its dialect called it as it came, whatever guards made of it; `null`: nothing. */
  get nameAsCame(): string | null {
    return this.#nameBefore === undefined ? (this.parts()?.[0]?.name ?? null) : this.#nameBefore;
  }

  /** Shows the same message from another place in memory. */
  move(payload: Uint8Array): void {
    this.#payload = payload;
    // What was read may hold views of where it was before.
    this.#reading = null;
  }

  /** Lets go of the message, so that an idle connection keeps no payload. */
  clear(): void {
    this.fill(0, 0, EMPTY);
  }

  bytes(): Uint8Array {
    return this.#payload;
  }

  text(): string {
    this.#text ??= textOf(this.#payload);
    return this.#text;
  }

  json(): unknown {
    this.#json ??= { value: jsonOf(this.text()) };
    return this.#json.value;
  }

  parts(): readonly MessagePart[] | null {
    this.#reading ??= this.dialect?.read(this) ?? null;
    return this.#reading?.ok === true ? this.#reading.parts : null;
  }

  fault(): DialectFault | null {
    return this.parts() === null && this.#reading?.ok === false ? this.#reading : null;
  }

  /** It goes on: what it says counts from now on. Where nobody has read what a guard made of it, its dialect does so now. */
  commit(): void {
    this.#reading ??= this.dialect?.read(this) ?? null;
    if (this.#reading === null) return;
    if (!this.#reading.ok) return this.dialect?.missed?.();
    this.#reading.commit?.();
    if (this.#names !== null) tellNames(this.#reading.parts, this.direction, this.#names);
  }
}

const EMPTY = new Uint8Array(0);

function tellNames(parts: readonly MessagePart[], direction: Direction, names: NameSink): void {
  for (const { name } of parts) if (name !== null) names.saw(direction, name);
}

/** Without another view of the same memory: a Buffer has one already. */
function textOf(payload: Uint8Array): string {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return bytes.toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
