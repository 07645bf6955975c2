import { readFile } from "node:fs/promises";
import { cpus } from "node:os";

import { allCases } from "./all-cases.ts";
import type { ChaosCase, ChaosRow } from "./chaos-case.ts";
import { kernel } from "../../scripts/kernel.ts";

/** A case and what it came to. */
export interface ChaosResult {
  readonly of: ChaosCase;
  readonly row: ChaosRow;
}

const PAGE = new URL("../../docs/reference/chaos.md", import.meta.url);
const [BEGIN, END] = ["<!-- written by npm run chaos -->", "<!-- end -->"];

const cell = (text: string): string => text.replaceAll("|", "\\|");
const seconds = (ms: number | null): string => (ms === null ? "-" : `${(ms / 1000).toFixed(1)} s`);

/** The page with the table of a run. @param engine what the engine says of its version */
export async function chaosPage(results: readonly ChaosResult[], engine: string): Promise<string> {
  const page = await readFile(PAGE, "utf8");
  const [before, after] = [page.split(BEGIN)[0], page.split(END)[1]];
  if (before === undefined || after === undefined) throw new Error("the page has no place for the table");
  const date = new Date().toISOString().slice(0, 10);
  const where = `${date}, Node ${process.versions.node}, ${engine}, ${kernel}, ${cpus().length} cores, which clients, application, gateways and engine shared.`;
  // Of cases that were not run now the page keeps what it has.
  const known = page.split("\n").filter((line) => line.startsWith("| **"));
  const lines = allCases.flatMap((of) => {
    const row = results.find((result) => result.of === of)?.row;
    if (row === undefined) return known.filter((line) => line.startsWith(`| **${cell(of.title)}** |`));
    const { live, fresh, tickets, revocations, longestMs, recoveredMs, refused } = row;
    const cells = [
      `**${of.title}**`,
      of.done,
      live,
      fresh,
      tickets,
      revocations,
      `${Math.round(longestMs)} ms`,
    ];
    return `| ${[...cells, seconds(recoveredMs), `${refused} of ${refused}`].map(cell).join(" | ")} |`;
  });
  const absent = allCases.filter(
    ({ title }) => !lines.some((line) => line.startsWith(`| **${cell(title)}** |`)),
  );
  const rest =
    absent.length === 0 ? "" : `Not measured here yet: ${absent.map(({ title }) => title).join("; ")}.\n\n`;
  const head = `| case | what is done | live connections | new connections | tickets and proofs of possession | revocations | longest wait of a message | recovered after | refused that had to be |
| --- | --- | --- | --- | --- | --- | --: | --: | --: |`;
  return `${before}${BEGIN}\n\n${where}\n\n${head}\n${lines.join("\n")}\n\n${rest}${END}${after}`;
}

/** Where the page is. */
export const chaosPageFile: URL = PAGE;
