import { LockfileError } from "./lockfile.ts";
import type { YarnEntry } from "./parse-yarn-lock.ts";

interface Draft {
  readonly descriptors: readonly string[];
  readonly line: number;
  readonly wants: string[];
  version: string | null;
}

/**
 * Entries of `yarn.lock` of Yarn 1: a line for what leads to an entry, and indented below it what it is. The format is Yarn's own, and no YAML.
 * Throws `LockfileError` for a line that is nothing of it.
 */
export function readClassicEntries(file: string, text: string): readonly YarnEntry[] {
  const drafts: Draft[] = [];
  let section = "";
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const draft = drafts.at(-1);
    const [, indent = "", rest = ""] = /^( *)(.*)$/.exec(line) ?? [];
    if (indent === "" && rest.endsWith(":")) {
      drafts.push({ descriptors: valuesOf(rest.slice(0, -1)), line: index + 1, wants: [], version: null });
      section = "";
    } else if (indent.length === 2 && draft !== undefined && rest.endsWith(":")) {
      section = rest.slice(0, -1);
    } else if (indent.length === 2 && draft !== undefined) {
      const [key, value] = wordsOf(rest);
      if (key === "version") draft.version = value ?? null;
    } else if (indent.length === 4 && draft !== undefined) {
      const [name, range] = wordsOf(rest);
      if (/^(?:optionalD|d)ependencies$/.test(section) && name !== undefined)
        draft.wants.push(`${name}@${range ?? ""}`);
    } else throw new LockfileError(`${file}, line ${index + 1}, is nothing that Yarn 1 writes`);
  }
  return drafts.map(({ descriptors, line, wants, version }) => {
    if (version === null) throw new LockfileError(`${file}, line ${line}: an entry without a version`);
    return { descriptors, name: publishedName(descriptors[0] ?? ""), version, wants, isOwn: false, line };
  });
}

function valuesOf(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim().replace(/^"(.*)"$/, "$1"));
}

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

/** `alias@npm:ws@^8` is `ws`. */
function publishedName(descriptor: string): string {
  const alias = /^.+@npm:(@?[^@]+)@/.exec(descriptor)?.[1];
  return alias ?? descriptor.slice(0, Math.max(0, descriptor.indexOf("@", 1)));
}
