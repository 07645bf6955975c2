import { createHash } from "node:crypto";
import { leakDetectors } from "../../packages/sallyport/src/guards/leak-detectors.ts";
import { LeakScanner } from "../../packages/sallyport/src/guards/leak-scan.ts";
import { leakCorpus } from "../../packages/sallyport/test/corpus/leak/leak-corpus.ts";
import { inTurns } from "../rights/in-turns.ts";

const MESSAGE = { rounds: 15, calls: 5000 };
const TEXT = { rounds: 9, calls: 8 };
const MESSAGE_BYTES = 1024;
const TEXT_BYTES = 1024 ** 2;

/** What a look for leaks costs. */
export interface LeakCost {
  readonly what: string;
  readonly bytes: number;
  /** Beside `JSON.parse` of the message, or SHA-256 of the text. */
  readonly ratio: number;
  readonly microseconds: number;
}

/** Benign messages of each traffic, put together to about 1 KiB of JSON. */
function messages(): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  for (const { traffic, message } of leakCorpus("tuned").benign) {
    const before = made.get(traffic) ?? "";
    if (before.length >= MESSAGE_BYTES) continue;
    const value = traffic === "source code" ? JSON.stringify({ text: message }) : message;
    made.set(traffic, before === "" ? value : `${before},${value}`);
  }
  return new Map([...made].map(([traffic, text]) => [traffic, `[${text}]`]));
}

function texts(): ReadonlyMap<string, Buffer> {
  const byTraffic = Map.groupBy(leakCorpus("tuned").benign, ({ traffic }) => traffic);
  return new Map(
    [...byTraffic].map(([traffic, list]) => {
      const text = Buffer.from(list.map(({ message }) => message).join("\n"));
      const times = Math.ceil(TEXT_BYTES / text.length);
      return [traffic, Buffer.concat(Array.from({ length: times }, () => text)).subarray(0, TEXT_BYTES)];
    }),
  );
}

/** What all detectors cost: on messages of 1 KiB beside `JSON.parse` of them, and on texts of 1 MiB beside their SHA-256. */
export function measureLeaks(): readonly LeakCost[] {
  const scanner = new LeakScanner(leakDetectors);
  const small = [...messages()].map(([traffic, text]): LeakCost => {
    const bytes = Buffer.from(text);
    const { ratio, microseconds } = inTurns(
      MESSAGE,
      () => scanner.scan(bytes),
      () => JSON.parse(text) as unknown,
    );
    return { what: `${traffic}, beside JSON.parse`, bytes: bytes.length, ratio, microseconds };
  });
  const large = [...texts()].map(([traffic, text]): LeakCost => {
    const { ratio, microseconds } = inTurns(
      TEXT,
      () => scanner.scan(text),
      () => createHash("sha256").update(text).digest(),
    );
    return { what: `${traffic}, beside SHA-256`, bytes: text.length, ratio, microseconds };
  });
  return [...small, ...large];
}
