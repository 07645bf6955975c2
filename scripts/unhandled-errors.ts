import { writeFile } from "node:fs/promises";

import type { Reporter, TestModule } from "vitest/node";

/** What a test runner tells of an error: the part of it that is read here. */
export interface ToldError {
  readonly type?: unknown;
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string;
  readonly cause?: unknown;
  readonly VITEST_TEST_NAME?: unknown;
  readonly VITEST_TEST_PATH?: unknown;
}

/** A chain of causes longer than this says nothing new, or leads back to itself. */
const MAX_CAUSES = 5;

/** So many places lead to whoever did not wait for what failed. */
const MAX_PLACES = 3;

/**
 * An error that no test caught, in words: its kind, what was running or had just ended, its message, what caused it, and below that where in
 * the project it came from. A test process that died is such an error, whose cause names its exit code or signal.
 */
export function tellUnhandled(error: ToldError): string {
  const { type = "Unhandled Error", VITEST_TEST_NAME: test, VITEST_TEST_PATH: path } = error;
  const during = [path, test].filter((part) => typeof part === "string").join(" > ");
  const messages: string[] = [];
  for (let next: unknown = error; messages.length < MAX_CAUSES && isTold(next); next = next.cause) {
    messages.push(next.message ?? next.name ?? "no message");
  }
  const told = [`${String(type)}${during === "" ? "" : ` (${during})`}`, ...messages].join(": ");
  return [told, ...placesOf(error)].join("\n");
}

/** The project's own lines of a stack, the innermost first; where it has none, those that there are. */
function placesOf({ stack = "" }: ToldError): string[] {
  const all = stack.split("\n").filter((line) => /^\s+at .*[\\/]/.test(line));
  const own = all.filter((line) => !/node:|node_modules/.test(line));
  return (own.length === 0 ? all : own).slice(0, MAX_PLACES);
}

function isTold(error: unknown): error is ToldError {
  return typeof error === "object" && error !== null;
}

/**
 * Writes the errors of a run that no test caught as a JSON list of texts: vitest's JSON report leaves them out, and with them the reason for
 * which a file has no result.
 */
export class UnhandledErrors implements Reporter {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  async onTestRunEnd(_modules: readonly TestModule[], errors: readonly ToldError[]): Promise<void> {
    await writeFile(this.#file, JSON.stringify(errors.map(tellUnhandled)));
  }
}
