import { compare, gt, major, satisfies, valid } from "semver";
import type { Advisories, Advisory } from "./advisories.ts";

/** The advisories that a version is under; null where it is no version, and so cannot be told. */
export function advisoriesOf(
  name: string,
  version: string,
  { advisories }: Advisories,
): readonly Advisory[] | null {
  if (valid(version) === null) return null;
  return advisories.filter((advisory) => advisory.package === name && isAffected(version, advisory));
}

/** Versions to go to; null where none is known that is under no advisory. */
export interface SafeVersions {
  /** The newest of the same major. */
  readonly sameMajor: string | null;
  readonly newest: string | null;
}

/**
 * The newest versions known of a package that no advisory is about: of those that were there when the advisories were checked, and of those
 * that advisories call mended.
 */
export function safeVersions(name: string, version: string, known: Advisories): SafeVersions {
  const own = known.advisories.filter((advisory) => advisory.package === name);
  const candidates = [...(known.libraries.get(name) ?? []), ...own.flatMap(({ fixed }) => fixed)]
    .filter((each) => valid(each) !== null && !own.some((advisory) => isAffected(each, advisory)))
    .sort(compare);
  const higher = valid(version) === null ? candidates : candidates.filter((each) => gt(each, version));
  return {
    sameMajor:
      (valid(version) === null ? undefined : higher.findLast((each) => major(each) === major(version))) ??
      null,
    newest: higher.at(-1) ?? null,
  };
}

function isAffected(version: string, { affected }: Advisory): boolean {
  return affected.some((range) => satisfies(version, range, { includePrerelease: true }));
}
