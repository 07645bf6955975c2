import { parse } from "yaml";
import { problemOf } from "../problem-of.ts";
import { lineFinder } from "./line-finder.ts";
import {
  boundedLockfile,
  type LockedPackage,
  type Lockfile,
  LockfileError,
  type LockfileText,
} from "./lockfile.ts";
import { readClassicEntries } from "./yarn-classic-entries.ts";
import { entriesOf, memberOf, textOf } from "./record-of.ts";

/** An entry of either format: what it is asked for by, what it is, and what it asks for. */
export interface YarnEntry {
  /** Such as `ws@^8.0.0`, all that lead to it. */
  readonly descriptors: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly wants: readonly string[];
  /** A part of the project itself. */
  readonly isOwn: boolean;
  readonly line: number;
}

/** Formats of Yarn 2 and later. */
const METADATA = [4, 5, 6, 7, 8, 9, 10];

/** Reads `yarn.lock` of Yarn 1, and of Yarn 2 and later. Throws `LockfileError`. */
export function parseYarnLock(source: LockfileText): Lockfile {
  if (/^__metadata:/m.test(source.text)) return lockfileOf(source, ...berryEntries(source));
  if (!/^# yarn lockfile v1\s*$/m.test(source.text))
    throw new LockfileError(`${source.file} says neither that it is of Yarn 1 nor of a later one`);
  return lockfileOf(source, "Yarn 1", readClassicEntries(source.file, source.text));
}

function lockfileOf({ file, wanted }: LockfileText, format: string, entries: readonly YarnEntry[]): Lockfile {
  const byDescriptor = new Map(
    entries.flatMap((entry) => entry.descriptors.map((descriptor) => [descriptor, entry] as const)),
  );
  const keyOf = ({ descriptors: [first = ""] }: YarnEntry): string => first;
  const resolve = (descriptor: string): readonly YarnEntry[] => {
    const found = byDescriptor.get(descriptor) ?? byDescriptor.get(withProtocol(descriptor));
    return found === undefined ? [] : [found];
  };
  const keysOf = (wants: readonly string[]): readonly string[] =>
    wants
      .flatMap(resolve)
      .filter(({ isOwn }) => !isOwn)
      .map(keyOf);
  const packages = new Map<string, LockedPackage>();
  for (const entry of entries) {
    if (entry.isOwn) continue;
    const called = nameOf(keyOf(entry));
    packages.set(keyOf(entry), {
      key: keyOf(entry),
      name: entry.name,
      alias: called === entry.name ? null : called,
      version: entry.version,
      dependencies: keysOf(entry.wants),
      isBundled: false,
      line: entry.line,
    });
  }
  const own = entries.filter(({ isOwn }) => isOwn).flatMap(({ wants }) => keysOf(wants));
  const listed = keysOf([...wanted].map(([name, range]) => `${name}@${range}`));
  const asked = new Set([...packages.values()].flatMap(({ dependencies }) => dependencies));
  const roots = own.length > 0 ? own : [...listed, ...[...packages.keys()].filter((key) => !asked.has(key))];
  return boundedLockfile({ file, manager: "yarn", format, packages, roots: [...new Set(roots)], hidden: [] });
}

function berryEntries({ file, text }: LockfileText): readonly [string, readonly YarnEntry[]] {
  let lock: unknown;
  try {
    lock = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new LockfileError(`${file} is not YAML: ${problemOf(error).split("\n", 1)[0] ?? ""}`, {
      cause: error,
    });
  }
  const version = Number(memberOf(memberOf(lock, "__metadata"), "version"));
  if (!METADATA.includes(version))
    throw new LockfileError(`${file} has a format that is not known (4 to 10 are): ${version}`);
  const lineOf = lineFinder(text);
  const entries = entriesOf(lock)
    .filter(([key]) => key !== "__metadata")
    .map(([key, entry]) => {
      const resolution = textOf(entry, "resolution") ?? "";
      return {
        descriptors: key.split(/, */),
        name: nameOf(resolution),
        version: String(memberOf(entry, "version") ?? ""),
        wants: entriesOf(memberOf(entry, "dependencies")).map(([name, range]) => `${name}@${String(range)}`),
        isOwn: resolution.includes("@workspace:"),
        line: lineOf(key),
      };
    });
  return [`Yarn, format ${version}`, entries];
}

/** `ws@^8` is `ws@npm:^8` to later versions of Yarn. */
function withProtocol(descriptor: string): string {
  const name = nameOf(descriptor);
  return `${name}@npm:${descriptor.slice(name.length + 1)}`;
}

function nameOf(descriptor: string): string {
  const at = descriptor.indexOf("@", 1);
  return at === -1 ? descriptor : descriptor.slice(0, at);
}
