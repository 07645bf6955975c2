import { callMain } from "./journal-call.ts";
import { startSallyport } from "./sallyport-process.ts";

/** What a command wrote, and its exit code, or the signal that ended it. */
export interface Called {
  readonly code: number | NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

let calls = 0;

/**
 * Calls `sallyport WORDS…` as an operator of a running gate does. The first call of a file is a process of its own; in those after it the
 * same command line runs here: to start a process takes longer than all that it then does.
 */
export async function callCommand(...words: readonly string[]): Promise<Called> {
  calls += 1;
  if (calls > 1) return await callMain(words, { directory: process.cwd() });
  const command = startSallyport(words, { withinMs: FIRST_WITHIN_MS });
  const code = await command.exit();
  return { code, ...command.written() };
}

/** What starts on a machine that does much else at the time. */
const FIRST_WITHIN_MS = 120_000;
