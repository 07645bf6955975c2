import { builtInChecks } from "../checks/built-in-checks.ts";
import { VULNERABLE_DEPENDENCY } from "../dependencies/audit-dependencies.ts";
import type { ChecklistItem, Finding, Remark } from "../report.ts";
import type { CheckedRoute } from "./check-policies.ts";
import { type Requirement, requirements } from "./requirements.ts";

/** What an audit came to, by which requirements are judged. */
export interface ChecklistParts {
  readonly findings: readonly Finding[];
  readonly passed: readonly Remark[];
  readonly notTested: readonly Remark[];
  /** Whether the endpoint was scanned over TLS; null where none was scanned, or one on loopback, which says nothing of what users reach. */
  readonly isScannedOverTls: boolean | null;
  readonly routes: readonly CheckedRoute[];
}

/** Libraries are judged by the lockfile; everything else by checks that name the requirement. */
const LIBRARIES = "15.2.1";
const OVER_TLS = "4.4.1";

/**
 * Judges the requirements. Not met: something was found that breaks it, accepted or not. Met: all of it can be seen from here, and everything
 * that is tried for it passed. Anything else cannot be told from here, and says what would be needed.
 */
export function judgeRequirements(parts: ChecklistParts): readonly ChecklistItem[] {
  return requirements.map((requirement) => {
    const { id, level, title } = requirement;
    return { requirement: `v5.0.0-${id}`, level, title, ...judge(requirement, parts) };
  });
}

function judge(requirement: Requirement, parts: ChecklistParts): Pick<ChecklistItem, "state" | "evidence"> {
  const { id, lint, isWhole = false } = requirement;
  const ids =
    id === LIBRARIES
      ? [VULNERABLE_DEPENDENCY]
      : builtInChecks.filter(({ references }) => references.asvs?.includes(id)).map((check) => check.id);
  const isOurs = (check: string): boolean =>
    ids.includes(check) || (lint !== undefined && check.startsWith("lint-") && lint.test(check));
  const broken = parts.findings.filter(({ check }) => isOurs(check));
  const inClear =
    id === OVER_TLS && parts.isScannedOverTls === false
      ? ["the endpoint that was scanned speaks in clear (ws:)"]
      : [];
  if (broken.length > 0 || inClear.length > 0)
    return { state: "not met", evidence: [...inClear, ...broken.map(tellFinding)] };
  const untold = parts.notTested.filter(({ check }) => ids.includes(check));
  const passed = [...new Set(parts.passed.filter(({ check }) => isOurs(check)).map(({ check }) => check))];
  const tried = passed.length === 0 ? [] : [`passed: ${passed.join(", ")}`];
  const isSeen = passed.some((check) => ids.includes(check)) && untold.length === 0;
  const isOverTls = id !== OVER_TLS || parts.isScannedOverTls === true;
  if ((isWhole || id === LIBRARIES) && isSeen && isOverTls) return { state: "met", evidence: tried };
  return {
    state: "unknown",
    evidence: [
      ...tried,
      ...guardLines(requirement, parts.routes),
      ...untold.slice(0, 3).map(({ check, reason }) => `not tested: ${check}: ${reason}`),
      `needed: ${requirement.needs}`,
    ],
  };
}

function tellFinding({ check, title, severity, place, accepted }: Finding): string {
  const where = place === undefined ? "" : ` (${place.file}:${place.line})`;
  return `${severity}: ${title} [${check}]${where}${accepted === undefined ? "" : `; accepted: ${accepted}`}`;
}

/** What policies say: it is no proof, since nobody can tell from here that the gate is the only way. */
function guardLines({ guards = [] }: Requirement, routes: readonly CheckedRoute[]): readonly string[] {
  if (routes.length === 0) return [];
  return guards.map((guard) => {
    const enforcing = routes.filter((route) => route.guards.get(guard) === "enforce").length;
    return `the policy enforces ${guard} on ${enforcing} of ${routes.length} routes`;
  });
}
