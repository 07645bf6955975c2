import type { Exchange } from "../probe/transcript.ts";
import { escapeMarkup } from "./escape-markup.ts";

const SIGNS: Readonly<Record<string, string>> = { ">": "out", "<": "in", "-": "event" };

/** An exchange as HTML, each line by its direction. */
export function exchange({ about, lines }: Exchange): string {
  const shown = lines.map(
    (line) => `<span class="${SIGNS[line[0] ?? ""] ?? "event"}">${escapeMarkup(line)}</span>`,
  );
  return `<p class="soft">${escapeMarkup(about)}</p>\n<pre>${shown.join("\n")}</pre>`;
}
