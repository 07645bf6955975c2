import { printable } from "../printable.ts";
import type { Terminal } from "../terminal.ts";

/** Says on standard error why a command does not do what was asked; answers its exit code. */
export function refuse(problem: string, terminal: Pick<Terminal, "err">, exitCode: number): number {
  terminal.err(`${printable(problem, { lines: true })}\n`);
  return exitCode;
}
