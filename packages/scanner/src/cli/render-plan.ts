import { type CheckFacts, groups } from "../check.ts";

/** What a scan would send, check by check. Nothing is sent to know it. */
export function renderPlan(checks: readonly CheckFacts[], isDestructive: boolean): string {
  return `Before all checks: one or two normal handshakes and five pings. After each: one more, to see that the target still admits it.

${sectionsOf(checks, isDestructive)}
`;
}

/** What a client would be answered, check by check. Nothing is started or listened on to know it. */
export function renderClientPlan(checks: readonly CheckFacts[]): string {
  return `Before all checks: a normal connection with five pings, which is dropped at its end, and one with a text message.

${sectionsOf(checks, true)}
`;
}

function sectionsOf(checks: readonly CheckFacts[], isDestructive: boolean): string {
  const sections = groups.flatMap((group) => {
    const lines = checks
      .filter((check) => check.group === group)
      .map(({ id, sends, impact = "safe" }) => {
        const held = impact === "destructive" && !isDestructive ? ", not run without --destructive" : "";
        return `  ${id} (${impact}${held}): ${sends}`;
      });
    return lines.length === 0 ? [] : [[group, ...lines].join("\n")];
  });
  return sections.join("\n\n");
}
