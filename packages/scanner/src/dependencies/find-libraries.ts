import type { LockedPackage, Lockfile } from "./lockfile.ts";

/** A package of a lockfile that speaks WebSocket, or serves it. */
export interface FoundLibrary {
  readonly package: LockedPackage;
  readonly lockfile: Lockfile;
  readonly how: "direct" | "transitive" | "bundled";
  /** By what it is brought, the shortest first: names from what the project asks for down to it. */
  readonly paths: readonly (readonly string[])[];
}

/** Ways that are told of one package. */
const MAX_PATHS = 5;

/** The packages of a lockfile that are of given names, whoever brings them. */
export function findLibraries(lockfile: Lockfile, names: ReadonlySet<string>): readonly FoundLibrary[] {
  const parents = shortestParents(lockfile);
  const holders = new Map<string, LockedPackage[]>();
  for (const holder of lockfile.packages.values())
    for (const key of holder.dependencies) {
      const known = holders.get(key);
      if (known === undefined) holders.set(key, [holder]);
      else known.push(holder);
    }
  const roots = new Set(lockfile.roots);
  return [...lockfile.packages.values()]
    .filter(({ name }) => names.has(name))
    .map((found) => {
      const isDirect = roots.has(found.key);
      const ways = (holders.get(found.key) ?? [])
        .filter(({ key }) => parents.has(key))
        .map((holder) => [...wayTo(holder.key, lockfile, parents), found.name])
        .sort((one, other) => one.length - other.length);
      return {
        package: found,
        lockfile,
        how: found.isBundled ? "bundled" : isDirect ? "direct" : "transitive",
        paths: [...(isDirect ? [[found.name]] : []), ...ways].slice(0, MAX_PATHS),
      };
    });
}

/** For each package that the project comes to need, what asks for it on the shortest way; null for what the project asks for itself. */
function shortestParents({ packages, roots }: Lockfile): ReadonlyMap<string, string | null> {
  const parents = new Map<string, string | null>(roots.map((key) => [key, null]));
  // A Map is walked in the order of its entries, with those that are added meanwhile: the nearest first.
  for (const key of parents.keys())
    for (const next of packages.get(key)?.dependencies ?? []) if (!parents.has(next)) parents.set(next, key);
  return parents;
}

function wayTo(
  key: string,
  { packages }: Lockfile,
  parents: ReadonlyMap<string, string | null>,
): readonly string[] {
  const way: string[] = [];
  for (let at: string | null = key; at !== null; at = parents.get(at) ?? null)
    way.unshift(packages.get(at)?.name ?? at);
  return way;
}
