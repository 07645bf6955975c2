import { type Check, groups } from "../check.ts";

/** What a scan would send, check by check. Nothing is sent to know it. */
export function renderPlan(checks: readonly Check[], isDestructive: boolean): string {
  const sections = groups.flatMap((group) => {
    const lines = checks
      .filter((check) => check.group === group)
      .map(({ id, sends, impact = "safe" }) => {
        const held = impact === "destructive" && !isDestructive ? ", not run without --destructive" : "";
        return `  ${id} (${impact}${held}): ${sends}`;
      });
    return lines.length === 0 ? [] : [[group, ...lines].join("\n")];
  });
  return `Before all checks: one or two normal handshakes and five pings. After each: one more, to see that the target still admits it.

${sections.join("\n\n")}
`;
}
