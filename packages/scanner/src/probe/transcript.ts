import { printable } from "../printable.ts";
import type { Masker } from "./masker.ts";
import type { ReceivedFrame } from "./frame-reader.ts";
import { opcodes } from "./frame.ts";

/** What was said on one connection, readable: `>` went out, `<` came back, `-` is what happened. */
export interface Exchange {
  /** What the connection was for. */
  readonly about: string;
  readonly lines: readonly string[];
}

/** Lines of an exchange that are kept: its beginning, and the last ones. */
const FIRST_LINES = 24;
const LAST_LINES = 8;

/** Writes down an exchange, bounded, escaped, and with secrets masked. */
export class Transcript {
  readonly #mask: Masker;
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #left = 0;
  #previous = "";
  #times = 1;

  constructor(mask: Masker) {
    this.#mask = mask;
  }

  /** Something that went out, came back, or happened. What comes again at once is counted, not repeated. */
  note(sign: ">" | "<" | "-", text: string): void {
    const line = `${sign} ${printable(this.#mask(text))}`;
    if (line === this.#previous) {
      const lines = this.#last.length > 0 ? this.#last : this.#first;
      this.#times += 1;
      lines[lines.length - 1] = `${line} (${this.#times} times)`;
      return;
    }
    this.#previous = line;
    this.#times = 1;
    if (this.#first.length < FIRST_LINES) this.#first.push(line);
    else this.#last.push(line);
    if (this.#last.length > LAST_LINES) {
      this.#last.shift();
      this.#left += 1;
    }
  }

  /** The exchange so far. */
  exchange(about: string): Exchange {
    const left = this.#left === 0 ? [] : [`- ${this.#left} lines are left out`];
    return { about: this.#mask(about), lines: [...this.#first, ...left, ...this.#last] };
  }
}

const NAMES = new Map<number, string>(Object.entries(opcodes).map(([name, code]) => [code, name]));

/** A frame that came, in words. */
export function describeReceived({ fin, reserved, opcode, masked, length, payload }: ReceivedFrame): string {
  const name = NAMES.get(opcode) ?? `opcode 0x${opcode.toString(16)}`;
  const oddities = [
    fin ? "" : ", FIN 0",
    reserved === 0 ? "" : `, RSV ${reserved.toString(2).padStart(3, "0")}`,
    masked ? ", masked" : "",
  ].join("");
  if (opcode === opcodes.close) {
    const code = payload.length >= 2 ? ` ${payload.readUInt16BE(0)}` : "";
    const reason = payload.subarray(2).toString("utf8");
    return `close${code}${oddities}${reason === "" ? "" : `: ${reason}`}`;
  }
  const isText = opcode !== opcodes.binary && reserved === 0;
  const shown = isText ? payload.toString("utf8") : payload.subarray(0, 48).toString("hex");
  return `${name}${oddities}, ${length} bytes: ${shown}`;
}
