import type { Terminal } from "../terminal.ts";
import { howToSee, type Reading, type Withheld } from "./reading.ts";

/** Says on standard error how many contents were kept and not shown, and how they can be seen. */
export function tellWithheld(
  counts: Readonly<Record<Withheld, number>>,
  reading: Reading,
  terminal: Pick<Terminal, "err">,
): void {
  for (const withheld of ["role", "reason", "erased"] as const) {
    const count = counts[withheld];
    const what = count === 1 ? "1 content is left out" : `${count} contents are left out`;
    if (count > 0) terminal.err(`${what}: ${howToSee(withheld, reading)}\n`);
  }
}
