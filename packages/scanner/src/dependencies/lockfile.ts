/** A package as a lockfile pins it. */
export interface LockedPackage {
  /** Its name in the lockfile, which no other has. */
  readonly key: string;
  /** The name it is published under, whatever it is called in the project. */
  readonly name: string;
  /** What it is called in the project, where that differs (`npm:`). */
  readonly alias: string | null;
  /** As the lockfile says it: of a tarball or a repository it may be no version at all. */
  readonly version: string;
  /** Keys of what it asks for; what the lockfile does not have (optional, of peers) is left out. */
  readonly dependencies: readonly string[];
  /** It comes inside another package, whose author chose its version. */
  readonly isBundled: boolean;
  /** The line where it stands. */
  readonly line: number;
}

/** A lockfile that was read whole. */
export interface Lockfile {
  /** Its name in the project's folder. */
  readonly file: string;
  readonly manager: "npm" | "pnpm" | "yarn";
  /** Such as `npm, version 3`. */
  readonly format: string;
  readonly packages: ReadonlyMap<string, LockedPackage>;
  /** Keys of what the project's own manifests ask for. */
  readonly roots: readonly string[];
  /** Names of packages that come inside others, and of which the lockfile tells no version. */
  readonly hidden: readonly string[];
}

/** What a parser of lockfiles gets. */
export interface LockfileText {
  readonly file: string;
  readonly text: string;
  /** What the project's own `package.json` asks for: for lockfiles that do not say so. */
  readonly wanted: ReadonlyMap<string, string>;
}

/** Thrown for what is no lockfile, or one that is not known: it says what is wrong. Nothing of it counts as read. */
export class LockfileError extends Error {
  override readonly name = "LockfileError";
}

/** The most packages that are read of one lockfile: large monorepositories have tens of thousands. */
export const MAX_PACKAGES = 200_000;

/** A lockfile, or an error where it has more packages than are read. */
export function boundedLockfile(lockfile: Lockfile): Lockfile {
  if (lockfile.packages.size > MAX_PACKAGES)
    throw new LockfileError(`${lockfile.file} has more than ${MAX_PACKAGES} packages`);
  return lockfile;
}
