import type { References } from "../check.ts";
import { printable } from "../printable.ts";
import type { Finding, LibrarySummary, LockfileSummary, Remark } from "../report.ts";
import { severities } from "../severity.ts";
import type { Advisories, Advisory } from "./advisories.ts";
import { findLibraries, type FoundLibrary } from "./find-libraries.ts";
import { advisoriesOf, safeVersions } from "./judge-version.ts";
import { loadLockfiles, lockfileNames } from "./load-lockfiles.ts";
import type { Lockfile } from "./lockfile.ts";
import { overrideLines } from "./override-lines.ts";

/** The check's id, which baselines name. */
export const VULNERABLE_DEPENDENCY = "vulnerable-dependency";
const TITLE = "A WebSocket library has a known hole";
/** Advisories that are older say little of today. */
const FRESH_DAYS = 120;
const DAY_MS = 86_400_000;

/** What came of a project's lockfiles. */
export interface DependencyAudit {
  readonly findings: readonly Finding[];
  readonly passed: readonly Remark[];
  readonly notTested: readonly Remark[];
  readonly lockfiles: readonly LockfileSummary[];
  readonly libraries: readonly LibrarySummary[];
  /** Lockfiles that are there and were not read, and why. */
  readonly problems: readonly string[];
}

/** Reads the lockfiles of a folder, and compares what they pin with advisories. What was not read, or cannot be told, is not tested. */
export async function auditDependencies(
  directory: string,
  known: Advisories,
  now: Date,
): Promise<DependencyAudit> {
  const { lockfiles, problems } = await loadLockfiles(directory);
  const names = new Set(known.libraries.keys());
  const found = lockfiles.flatMap((lockfile) => findLibraries(lockfile, names));
  const judged = found.map((library) => ({
    library,
    advisories: advisoriesOf(library.package.name, library.package.version, known),
  }));
  const findings = [...byAdvisory(judged)].map(([advisory, libraries]) =>
    finding(advisory, libraries, known),
  );
  const unread = [...problems].map(([, problem]) => remark(printable(problem)));
  const untold = [
    ...judged
      .filter(({ advisories }) => advisories === null)
      .map(
        ({ library: { package: each } }) =>
          `${each.name} is pinned to ${each.version === "" ? "no version" : each.version}, which no advisory can be compared with`,
      ),
    ...lockfiles.flatMap(({ file, hidden }) =>
      hidden
        .filter((name) => names.has(name))
        .map((name) => `${name} comes inside another package, and ${file} does not tell its version`),
    ),
    ...(isStale(known, now)
      ? [
          `the advisories are of ${known.checked}: what became known since is not in them (--update-advisories)`,
        ]
      : []),
  ].map((reason) => remark(printable(reason)));
  const none =
    lockfiles.length === 0 && problems.size === 0
      ? [remark(`there is no lockfile (${lockfileNames.join(", ")})`)]
      : [];
  const notTested = [...none, ...unread, ...untold];
  const isClean = findings.length === 0 && lockfiles.length > 0 && unread.length === 0;
  return {
    findings: findings.sort(
      (one, other) => severities.indexOf(other.severity) - severities.indexOf(one.severity),
    ),
    passed: isClean
      ? [
          remark(
            `${found.length} WebSocket libraries in ${lockfiles.map(({ file }) => file).join(", ")}; advisories of ${known.checked}`,
          ),
        ]
      : [],
    notTested,
    lockfiles: lockfiles.map(({ file, format, packages }) => ({ file, format, packages: packages.size })),
    libraries: judged
      .map(({ library, advisories }) => summary(library, advisories ?? []))
      .sort((one, other) => (one.name === other.name ? 0 : one.name < other.name ? -1 : 1)),
    problems: [...problems.values()],
  };
}

function isStale({ checked }: Advisories, now: Date): boolean {
  return now.getTime() - Date.parse(checked) > FRESH_DAYS * DAY_MS;
}

function byAdvisory(
  judged: readonly { readonly library: FoundLibrary; readonly advisories: readonly Advisory[] | null }[],
): ReadonlyMap<Advisory, readonly FoundLibrary[]> {
  const all = judged.flatMap(({ library, advisories }) =>
    (advisories ?? []).map((advisory) => ({ advisory, library })),
  );
  const grouped = Map.groupBy(all, ({ advisory }) => advisory);
  return new Map([...grouped].map(([advisory, pairs]) => [advisory, pairs.map(({ library }) => library)]));
}

function remark(reason: string): Remark {
  return { check: VULNERABLE_DEPENDENCY, group: "dependencies", title: TITLE, reason };
}

function finding(advisory: Advisory, libraries: readonly FoundLibrary[], known: Advisories): Finding {
  const name = advisory.package;
  const versions = [...new Set(libraries.map(({ package: { version } }) => version))];
  const [first] = libraries;
  const safe = safeVersions(name, versions[0] ?? "", known);
  const to = safe.sameMajor ?? safe.newest;
  const lines = to === null ? null : overrideLines(libraries, to);
  const lockfile = first?.lockfile;
  return {
    check: VULNERABLE_DEPENDENCY,
    group: "dependencies",
    severity: advisory.severity,
    cvss: advisory.cvss,
    confidence: "firm",
    title: `${name}: ${advisory.summary}`,
    detail: printable(
      `${name} ${versions.join(" and ")} ${versions.length === 1 ? "is" : "are"} affected by ${advisory.ids.join(" / ")}: ${advisory.affected.join(" or ")}.${advisory.note === undefined ? "" : ` ${advisory.note}`}`,
      1000,
    ),
    evidence: [{ about: lockfile?.file ?? "", lines: libraries.flatMap(broughtBy) }],
    reproduce: `${WHY[lockfile?.manager ?? "npm"]} ${name}`,
    remedy: { summary: mend(advisory, safe, lines), ...(lines === null ? {} : { project: lines }) },
    references: referencesOf(advisory),
    subject: `${name} ${advisory.ids[0]}`,
    ...(first === undefined ? {} : { place: { file: first.lockfile.file, line: first.package.line } }),
  };
}

const WHY: Readonly<Record<Lockfile["manager"], string>> = {
  npm: "npm explain",
  pnpm: "pnpm why",
  yarn: "yarn why",
};

function broughtBy({ package: each, how, paths }: FoundLibrary): readonly string[] {
  const named =
    each.alias === null ? `${each.name} ${each.version}` : `${each.name} ${each.version} (as ${each.alias})`;
  if (paths.length === 0) return [printable(`- ${named}: nothing that the project asks for needs it`)];
  return paths.map((path) => printable(`- ${named}, ${how}: ${path.join(" > ")}`));
}

function mend(
  { fixed, ids }: Advisory,
  { sameMajor, newest }: { readonly sameMajor: string | null; readonly newest: string | null },
  lines: string | null,
): string {
  if (newest === null)
    return fixed.length === 0
      ? `No version mends ${ids[0]}: use another package.`
      : `Update to ${fixed.join(" or ")}.`;
  const ways = [
    ...(sameMajor === null ? [] : [`${sameMajor} is the newest of the same major that no advisory is about`]),
    ...(newest === sameMajor
      ? []
      : [`${newest} the newest of all${sameMajor === null ? ": none of the same major is mended" : ""}`]),
  ];
  return `Update: ${ways.join(", ")}.${lines === null ? " It comes inside another package: that has to be updated." : ""}`;
}

function referencesOf({ ids }: Advisory): References {
  return { cwe: [1395], asvs: ["15.2.1"], advisories: ids };
}

function summary(
  { package: { name, version }, lockfile, how, paths }: FoundLibrary,
  advisories: readonly Advisory[],
): LibrarySummary {
  return {
    name,
    version,
    lockfile: lockfile.file,
    how,
    paths: paths.map((path) => path.join(" > ")),
    advisories: advisories.map(({ ids }) => ids[0]),
  };
}
