import { renderProblem, type Problem } from "../policy/problem.ts";
import { paint, type Terminal } from "./terminal.ts";

/** Writes every problem and warning to standard error, one a line, and how many there were. */
export function reportProblems(
  terminal: Terminal,
  problems: readonly Problem[],
  warnings: readonly Problem[] = [],
): void {
  for (const warning of warnings)
    terminal.err(`${paint(terminal, "yellow", "warning")} ${renderProblem(warning)}\n`);
  for (const problem of problems)
    terminal.err(`${paint(terminal, "red", "error")} ${renderProblem(problem)}\n`);
  if (problems.length > 0)
    terminal.err(`${problems.length} ${problems.length === 1 ? "problem" : "problems"}\n`);
}
