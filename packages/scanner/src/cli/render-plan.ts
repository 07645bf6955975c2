import { type CheckFacts, groups } from "../check.ts";
import type { ScanFlags } from "./scan-flags.ts";

/** What there is to know of a scan before it is made. */
export type Planned = Pick<ScanFlags, "browser" | "destructive"> & {
  /** Handshakes need tickets. */
  readonly hasTickets: boolean;
  /** The URL is that of a page, whose endpoints are looked for. */
  readonly isPage: boolean;
};

const BROWSER = `First, in Chromium: the page twice, with the login and without; then, from pages that only the browser sees and from one that the scanner serves
on this machine, five handshakes for each socket that the page opens (at most five sockets), each with what the page itself says first.`;
const PAGE = `First: the page, at most 20 scripts of its own origin, and a handshake at each endpoint that these name and at eight usual paths. At most five
endpoints are scanned, one after the other.`;
const TICKETS = `Before each handshake below: one POST for a ticket, with what the handshake itself says about who makes it and from where. Each counts as
a connection for --rate and --budget.`;

/** What a scan would send, check by check. Nothing is sent to know it. */
export function renderPlan(checks: readonly CheckFacts[], planned: Planned): string {
  const first = planned.browser ? `${BROWSER}\n\n` : planned.isPage ? `${PAGE}\n\n` : "";
  const tickets = planned.hasTickets ? `${TICKETS}\n\n` : "";
  return `${first}${tickets}Before all checks: one or two normal handshakes and five pings. After each: one more, to see that the target still admits it.

${sectionsOf(checks, planned)}
`;
}

/** What a client would be answered, check by check. Nothing is started or listened on to know it. */
export function renderClientPlan(checks: readonly CheckFacts[]): string {
  return `Before all checks: a normal connection with five pings, which is dropped at its end, and one with a text message.

${sectionsOf(checks, { browser: true, destructive: true })}
`;
}

function sectionsOf(
  checks: readonly CheckFacts[],
  { browser, destructive: isDestructive }: Omit<Planned, "isPage" | "hasTickets">,
): string {
  const sections = groups.flatMap((group) => {
    const lines = checks
      .filter((check) => check.group === group)
      .map(({ id, sends, impact = "safe", needsBrowser = false }) => {
        const held =
          impact === "destructive" && !isDestructive
            ? ", not run without --destructive"
            : needsBrowser && !browser
              ? ", not run without --browser"
              : "";
        return `  ${id} (${impact}${held}): ${sends}`;
      });
    return lines.length === 0 ? [] : [[group, ...lines].join("\n")];
  });
  return sections.join("\n\n");
}
