import { parseAllDocuments } from "yaml";
import { lineFinder } from "./line-finder.ts";
import {
  boundedLockfile,
  type LockedPackage,
  type Lockfile,
  LockfileError,
  type LockfileText,
} from "./lockfile.ts";
import { entriesOf, memberOf, stringsOf, textOf } from "./record-of.ts";

const KINDS = ["dependencies", "devDependencies", "optionalDependencies"];
const MAJORS = ["5", "6", "7", "8", "9"];

/** Reads `pnpm-lock.yaml`, versions 5 to 9. Throws `LockfileError`. */
export function parsePnpmLock({ file, text }: LockfileText): Lockfile {
  const lock = documentOf(file, text);
  const version = String(memberOf(lock, "lockfileVersion") ?? "none");
  const major = version.split(".", 1)[0] ?? "";
  if (!MAJORS.includes(major))
    throw new LockfileError(`${file} has a lockfileVersion that is not known (5 to 9 are): ${version}`);
  const listed = entriesOf(memberOf(lock, "packages"));
  const about = new Map(listed);
  // Version 9 tells of a package in one place, and of what it asks for, by its peers, in another.
  const snapshots = entriesOf(memberOf(lock, "snapshots"));
  const graph = snapshots.length > 0 ? snapshots : listed;
  const known = new Set(graph.map(([key]) => key));
  const lineOf = lineFinder(text);
  const lines = new Map(listed.map(([key]) => [key, lineOf(`\n  ${keyInText(key, text)}:`) + 1]));
  const keyOf = (name: string, said: string): readonly string[] =>
    [said, `/${said}`, `/${name}/${said}`, `/${name}@${said}`, `${name}@${said}`]
      .filter((key) => known.has(key))
      .slice(0, 1);
  const aliases = new Map<string, string>();
  const follow = (holder: unknown): readonly string[] =>
    KINDS.flatMap((kind) =>
      entriesOf(memberOf(holder, kind)).flatMap(([name, value]) => {
        const keys = keyOf(name, typeof value === "string" ? value : (textOf(value, "version") ?? ""));
        for (const key of keys) if (partsOf(key, major).name !== name) aliases.set(key, name);
        return keys;
      }),
    );
  const links = new Map(graph.map(([key, entry]) => [key, follow(entry)]));
  const importers = entriesOf(memberOf(lock, "importers"));
  const roots = (importers.length > 0 ? importers.map(([, importer]) => importer) : [lock]).flatMap(follow);
  const packages = new Map<string, LockedPackage>();
  for (const [key, entry] of graph) {
    const bare = key.replace(/\(.*$/s, "");
    const said = about.get(key) ?? about.get(bare) ?? entry;
    const parts = partsOf(key, major);
    packages.set(key, {
      key,
      name: textOf(said, "name") ?? parts.name,
      alias: aliases.get(key) ?? null,
      version: textOf(said, "version") ?? parts.version,
      dependencies: links.get(key) ?? [],
      isBundled: false,
      line: lines.get(key) ?? lines.get(bare) ?? 1,
    });
  }
  const hidden = listed.flatMap(([, entry]) => stringsOf(memberOf(entry, "bundledDependencies")));
  return boundedLockfile({
    file,
    manager: "pnpm",
    format: `pnpm, version ${version}`,
    packages,
    roots: [...new Set(roots)],
    hidden,
  });
}

/** The last document: what comes before it is of pnpm itself. */
function documentOf(file: string, text: string): unknown {
  const documents = parseAllDocuments(text, { schema: "core", uniqueKeys: true });
  const last = Array.isArray(documents) ? documents.at(-1) : undefined;
  if (last === undefined || last.errors.length > 0)
    throw new LockfileError(
      `${file} is not YAML: ${last?.errors[0]?.message.split("\n", 1)[0] ?? "it is empty"}`,
    );
  return last.toJS({ maxAliasCount: 0 });
}

/** `/@scope/name/1.2.3_peer` of version 5, `/name@1.2.3(peer)` of 6, `name@1.2.3(peer)` of 9. */
function partsOf(key: string, major: string): { readonly name: string; readonly version: string } {
  const bare = key.replace(/^\//, "").replace(/\(.*$/s, "");
  const at = major === "5" ? bare.lastIndexOf("/") : bare.indexOf("@", 1);
  if (at <= 0) return { name: bare, version: "" };
  const version = bare.slice(at + 1);
  return { name: bare.slice(0, at), version: major === "5" ? version.replace(/_.*$/s, "") : version };
}

function keyInText(key: string, text: string): string {
  return text.includes(`\n  '${key}':`) ? `'${key}'` : key;
}
