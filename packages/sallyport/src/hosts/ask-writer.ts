import { lstatSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { BoundedLines } from "../journal/bounded-lines.ts";
import {
  type ControlAnswer,
  type ControlRequest,
  MAX_CONTROL_BYTES,
  parseControlAnswer,
} from "../journal/control-message.ts";
import { writerOf } from "../journal/writer-lock.ts";
import { problemOf } from "../problem-of.ts";
import { type ControlPlace, controlPlace, isTrusted } from "./control-place.ts";

/** How long a writer is asked, milliseconds. */
const ASK_MS = 10_000;
/** A writer that begins or ends is asked again after this. */
const AGAIN_MS = 50;

/** `gone`: nobody listens there, or whoever did ended before the answer. */
type Exchange = { readonly answer: ControlAnswer } | "gone" | "late";

/**
 * Asks the process that writes a journal; `null` where none does: then whoever asks may open the journal. A writer that begins or
 * ends meanwhile, or has its hands full, is asked again, so that a request may be done twice, which no request minds. Never rejects.
 */
export async function askWriter(
  directory: string,
  request: ControlRequest,
  timeoutMs: number = ASK_MS,
): Promise<ControlAnswer | null> {
  try {
    const place = controlPlace(directory);
    const line = `${JSON.stringify(request)}\n`;
    const end = performance.now() + timeoutMs;
    for (;;) {
      const left = end - performance.now();
      const exchange =
        left > 0 && isThere(place, directory) ? await exchangeLine(place.path, line, left) : "gone";
      if (typeof exchange === "object") return exchange.answer;
      const pid = writerOf(directory);
      if (pid === null) return null;
      const problem = `process ${pid} writes this journal, and does not answer at ${place.path}`;
      if (exchange === "late" || left <= 0) return { ok: false, problem };
      await delay(AGAIN_MS);
    }
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

/** @throws where somebody else made what is there */
function isThere(place: ControlPlace, directory: string): boolean {
  if (lstatSync(place.path, { throwIfNoEntry: false }) === undefined) return false;
  if (!isTrusted(place, directory)) throw new Error(`${place.path} is not of the user who owns the journal`);
  return true;
}

function exchangeLine(path: string, line: string, timeoutMs: number): Promise<Exchange> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
  const lines = new BoundedLines(MAX_CONTROL_BYTES);
  const socket = connect(path, () => socket.write(line));
  socket.setTimeout(timeoutMs, () => resolve("late"));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    // Not allowed is not gone: whoever is not, is to know.
    if (error.code === "EACCES" || error.code === "EPERM") reject(error);
    else resolve("gone");
  });
  socket.on("data", (chunk) => {
    const received = lines.push(chunk);
    if (received?.length === 0) return;
    const answer = parseControlAnswer(received?.[0] ?? "");
    resolve({
      answer: answer ?? { ok: false, problem: `what listens at ${path} is no writer of a journal` },
    });
  });
  socket.on("close", () => resolve("gone"));
  return promise.finally(() => socket.destroy());
}
