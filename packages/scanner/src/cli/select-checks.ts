import { type CheckFacts, groups } from "../check.ts";
import type { ScanFlags } from "./scan-flags.ts";

/** The checks that flags ask for. Throws an error that names what is not known. */
export function selectChecks<C extends CheckFacts>(
  checks: readonly C[],
  { only, skip, group }: Pick<ScanFlags, "only" | "skip" | "group">,
): readonly C[] {
  const ids = new Set(checks.map(({ id }) => id));
  const unknown = [...only, ...skip].find((id) => !ids.has(id));
  if (unknown !== undefined)
    throw new Error(`no check has the id ${JSON.stringify(unknown)}: sallyport-scan --plan lists them`);
  const known: readonly string[] = groups;
  const noGroup = group.find((name) => !known.includes(name));
  if (noGroup !== undefined)
    throw new Error(`${JSON.stringify(noGroup)} is none of the groups: ${groups.join(", ")}`);
  return checks.filter(
    (check) =>
      (only.length === 0 || only.includes(check.id)) &&
      (group.length === 0 || group.includes(check.group)) &&
      !skip.includes(check.id),
  );
}
