/** The page with this section, in place of the one with the same heading, or at the end. Sections begin with `## `. */
export function withSection(page: string, heading: string, text: string): string {
  const begin = page.indexOf(`\n## ${heading}\n`);
  const section = `\n## ${heading}\n\n${text}\n`;
  if (begin === -1) return `${page.trimEnd()}\n${section}`;
  const next = page.indexOf("\n## ", begin + 1);
  return `${page.slice(0, begin)}${section}${next === -1 ? "" : page.slice(next)}`;
}

/** The section with this heading, heading included; empty where there is none. */
export function sectionOf(page: string, heading: string): string {
  const begin = page.indexOf(`\n## ${heading}\n`);
  if (begin === -1) return "";
  const next = page.indexOf("\n## ", begin + 1);
  return page.slice(begin, next === -1 ? undefined : next);
}

/** What `rights.ts` writes. */
export const RIGHTS_HEADING = "Rights that end while they are in use";

/** What `messages.ts` writes. */
export const MESSAGES_HEADING = "Guards that read messages";

/** What `nodes.ts` writes. */
export const NODES_HEADING = "Many nodes on one engine";

/** What `shared.ts` writes. */
export const SHARED_HEADING = "Two gateways that share their state";
