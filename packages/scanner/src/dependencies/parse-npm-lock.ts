import { lineFinder } from "./line-finder.ts";
import {
  boundedLockfile,
  type LockedPackage,
  type Lockfile,
  LockfileError,
  type LockfileText,
  MAX_PACKAGES,
} from "./lockfile.ts";
import { entriesOf, memberOf, stringsOf, textOf } from "./record-of.ts";

/** An entry by its path below the project, such as `node_modules/a/node_modules/b`. */
interface Entry {
  readonly path: string;
  readonly name: string;
  readonly version: string | undefined;
  /** Where a link leads; null for what is no link. */
  readonly target: string | null;
  readonly wants: readonly string[];
  readonly isBundled: boolean;
  readonly line: number;
}

const FOLDER = "node_modules/";
const KINDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/**
 * Reads `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3. What a package asks for is found as Node finds it: in its own folder,
 * and then in those above. Throws `LockfileError`.
 */
export function parseNpmLock({ file, text, wanted }: LockfileText): Lockfile {
  let lock: unknown;
  try {
    lock = JSON.parse(text);
  } catch {
    throw new LockfileError(`${file} is not JSON`);
  }
  const version = memberOf(lock, "lockfileVersion");
  if (version !== 1 && version !== 2 && version !== 3)
    throw new LockfileError(
      `${file} has a lockfileVersion that is not known (1 to 3 are): ${JSON.stringify(version) ?? "none"}`,
    );
  const entries = version === 1 ? nestedEntries(lock, text, file) : flatEntries(lock, text, file);
  const isOwn = ({ path }: Entry): boolean => !path.includes(FOLDER);
  const resolve = resolver(entries);
  const packages = new Map<string, LockedPackage>();
  for (const entry of entries.values()) {
    if (isOwn(entry) || entry.target !== null) continue;
    const called = nameInPath(entry.path);
    packages.set(entry.path, {
      key: entry.path,
      name: entry.name,
      alias: entry.name === called ? null : called,
      version: entry.version ?? "",
      dependencies: entry.wants.flatMap((name) => resolve(entry.path, name)),
      isBundled: entry.isBundled,
      line: entry.line,
    });
  }
  const own = [...entries.values()]
    .filter(isOwn)
    .flatMap(({ path, wants }) => wants.flatMap((name) => resolve(path, name)));
  const asked = new Set(
    [...entries.values()].flatMap(({ path, wants }) => wants.flatMap((name) => resolve(path, name))),
  );
  const listed = [...wanted.keys()].flatMap((name) => resolve("", name));
  // Version 1 does not say what the project asks for: what its manifest names, else what nothing else asks for.
  const roots =
    version !== 1
      ? own
      : listed.length > 0
        ? listed
        : [...packages.keys()].filter((key) => !asked.has(key) && key.lastIndexOf(FOLDER) === 0);
  return boundedLockfile({
    file,
    manager: "npm",
    format: `npm, version ${version}`,
    packages,
    roots: [...new Set(roots)],
    hidden: [],
  });
}

/** Entries of the versions 2 and 3, which list them by their paths. */
function flatEntries(lock: unknown, text: string, file: string): ReadonlyMap<string, Entry> {
  const listed = memberOf(lock, "packages");
  if (typeof listed !== "object" || listed === null) throw new LockfileError(`${file} lists no packages`);
  const lineOf = lineFinder(text);
  return new Map(
    entriesOf(listed).map(([path, entry]) => {
      const isLink = memberOf(entry, "link") === true;
      return [
        path,
        {
          path,
          name: textOf(entry, "name") ?? nameInPath(path),
          version: textOf(entry, "version"),
          target: isLink ? (textOf(entry, "resolved") ?? "") : null,
          wants: KINDS.flatMap((kind) => entriesOf(memberOf(entry, kind)).map(([name]) => name)),
          isBundled: memberOf(entry, "inBundle") === true,
          line: lineOf(`${JSON.stringify(path)}:`),
        },
      ];
    }),
  );
}

/** Entries of version 1, which nests them as folders are nested. */
function nestedEntries(lock: unknown, text: string, file: string): ReadonlyMap<string, Entry> {
  const lineOf = lineFinder(text);
  const entries = new Map<string, Entry>();
  const folders = [{ path: "", of: memberOf(lock, "dependencies") }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const { path: above } = folder;
    for (const [name, entry] of entriesOf(folder.of)) {
      const path = `${above}${above === "" ? "" : "/"}${FOLDER}${name}`;
      const said = textOf(entry, "version");
      const [, real, realVersion] = /^npm:(.+)@([^@]+)$/.exec(said ?? "") ?? [];
      entries.set(path, {
        path,
        name: real ?? name,
        version: realVersion ?? said,
        target: null,
        wants: [
          ...entriesOf(memberOf(entry, "requires")).map(([wantedName]) => wantedName),
          ...stringsOf(memberOf(entry, "requires")),
        ],
        isBundled: memberOf(entry, "bundled") === true,
        line: above === "" ? lineOf(`${JSON.stringify(name)}: {`) : (entries.get(above)?.line ?? 1),
      });
      if (entries.size > MAX_PACKAGES)
        throw new LockfileError(`${file} has more than ${MAX_PACKAGES} packages`);
      folders.push({ path, of: memberOf(entry, "dependencies") });
    }
  }
  return entries;
}

/** Where Node would find a package that another asks for, by name. None, where it is not installed. */
function resolver(entries: ReadonlyMap<string, Entry>): (from: string, name: string) => readonly string[] {
  return (from, name) => {
    for (let folder = from; ; folder = folderAbove(folder)) {
      const path = `${folder}${folder === "" ? "" : "/"}${FOLDER}${name}`;
      const found = entries.get(path);
      // A link leads to a part of the project itself, which is a root anyway.
      if (found !== undefined) return found.target === null ? [path] : [];
      if (folder === "") return [];
    }
  };
}

function folderAbove(path: string): string {
  const at = path.lastIndexOf(FOLDER);
  if (at !== -1) return path.slice(0, Math.max(0, at - 1));
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function nameInPath(path: string): string {
  const at = path.lastIndexOf(FOLDER);
  return at === -1 ? path : path.slice(at + FOLDER.length);
}
