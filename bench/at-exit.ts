import { constants } from "node:os";
import process from "node:process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** How often it is looked whether the npm that started this is still there, milliseconds: killed, it tells nobody. */
const LOOK_MS = 500;
const ends = new Set<() => void>();

/**
 * Has something done when this process ends: by itself, by a fault, by a signal that asks for it, or with the npm that started it. What it started
 * would else go on without it, and be measured by the next run. Returns how to take that back. @param end works at once: nothing that it begins is waited for
 */
export function atExit(end: () => void): () => void {
  listen();
  ends.add(end);
  return () => void ends.delete(end);
}

let isListening = false;

function listen(): void {
  if (isListening) return;
  isListening = true;
  process.once("exit", () => {
    for (const end of ends) end();
  });
  const parent = process.ppid;
  if (process.env["npm_lifecycle_event"] !== undefined)
    setInterval(() => process.ppid !== parent && process.exit(1), LOOK_MS).unref();
  for (const signal of SIGNALS) process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
