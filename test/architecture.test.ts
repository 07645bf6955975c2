import { existsSync } from "node:fs";
import { basename, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { errors } from "../packages/sallyport/src/errors.ts";
import { filesBelow, type Import, parseSource, readSources, type Source } from "./sources.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const all = readSources(join(root, "packages/sallyport/src"));
const sources = all.filter(({ path }) => !path.endsWith(".test.ts"));

/** Places and their ranks: a file imports from its own rank or a lower one. */
const ranks: Readonly<Record<string, number>> = {
  "errors.ts": 0,
  "events.ts": 0,
  "quantity.ts": 0,
  "has-code.ts": 0,
  "problem-of.ts": 0,
  "last-moment.ts": 0,
  protocol: 1,
  dialects: 2,
  guards: 2,
  journal: 2,
  watch: 2,
  policy: 3,
  session: 4,
  state: 5,
  hosts: 6,
  cli: 7,
  "index.ts": 8,
};

/** What protocol/ may know of Node: bytes in, bytes out. */
const pureModules = new Set(["node:buffer", "node:crypto", "node:zlib"]);
/** Modules with sockets. */
const socketModules = /^node:(net|tls|https?|http2|dgram|dns)(\/|$)/;
/** What is pure in them. */
const pureNames = new Set(["isIP", "isIPv4", "isIPv6", "BlockList"]);
const timers = ["setTimeout", "setInterval", "setImmediate"];
const processNames = ["console", "process.argv", "process.exit", "process.exitCode"];
/** The key set of the `identity` guard refreshes itself, a fetch ends that takes too long, and an engine is looked after. */
const keepsATimer = new Set([
  "guards/json-web-keys.ts",
  "guards/bounded-fetch.ts",
  "state/loose-beat.ts",
  "state/redis-connection.ts",
  "state/redis-orders.ts",
  "state/redis-rates.ts",
]);
/** What the scanner may need installed: arguments, ranges of versions, lockfiles of pnpm and Yarn, archives of advisories. */
const scannerLibraries = new Set(["commander", "semver", "yaml", "yauzl"]);
/** One table, which is read by searching. */
const tables = new Set(["errors.ts"]);
/** Parts of the engine that decide besides the guards, and so prefix codes. */
const engineParts = new Set(["protocol", "handshake", "proxyProtocol", "upstream", "session", "watch"]);

const place = (path: string): string => path.split("/", 1)[0] ?? path;
const isRelative = ({ specifier }: Import): boolean => specifier.startsWith(".");
const targetOf = (source: Source, { specifier }: Import): string =>
  posix.join(posix.dirname(source.path), specifier);
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const below = (...folders: string[]): Source[] => sources.filter(({ path }) => folders.includes(place(path)));
const outside = (...folders: string[]): Source[] =>
  sources.filter(({ path }) => !folders.includes(place(path)));

/** `path: what`, for every find of every source. */
function finds(of: readonly Source[], find: (source: Source) => readonly string[]): string[] {
  return of.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`));
}

function upwardImports(source: Source): string[] {
  const own = ranks[place(source.path)] ?? -1;
  return source.imports
    .filter(isRelative)
    .map((found) => targetOf(source, found))
    .filter((target) => (ranks[place(target)] ?? Infinity) > own);
}

describe("imports", () => {
  it("are seen: the files and the imports of the whole engine", () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(sources.flatMap(({ imports }) => imports.filter(isRelative)).length).toBeGreaterThan(200);
  });

  it("lead to files that exist, in places that have a rank", () => {
    const known = new Set(all.map(({ path }) => path));
    expect(finds(sources, ({ path }) => (place(path) in ranks ? [] : ["no rank"]))).toEqual([]);
    expect(
      finds(sources, (source) =>
        source.imports
          .filter(isRelative)
          .map((found) => targetOf(source, found))
          .filter((target) => !known.has(target) && !target.endsWith(".json")),
      ),
    ).toEqual([]);
  });

  it("go down only", () => {
    expect(finds(sources, upwardImports)).toEqual([]);
  });

  it("of protocol/ are of Node's pure modules, and of no library", () => {
    expect(
      finds(below("protocol"), ({ imports }) =>
        imports
          .filter((found) => !isRelative(found) && !pureModules.has(found.specifier))
          .map(({ specifier }) => specifier),
      ),
    ).toEqual([]);
  });

  it("of sockets happen in hosts/ and cli/ only", () => {
    expect(
      finds(outside("hosts", "cli"), ({ imports }) =>
        imports
          .filter(({ specifier }) => socketModules.test(specifier))
          .flatMap(({ specifier, names }) =>
            names.filter((name) => !pureNames.has(name)).map((name) => `${name} of ${specifier}`),
          ),
      ),
    ).toEqual([]);
  });
});

describe("what a file touches", () => {
  it("is a timer in hosts/ and cli/ only, and in the guard that declares it", () => {
    const others = outside("hosts", "cli").filter(({ path }) => !keepsATimer.has(path));
    expect(finds(others, ({ mentions }) => timers.filter((name) => mentions.has(name)))).toEqual([]);
  });

  it("is the console, the arguments or the exit code in cli/ only", () => {
    expect(
      finds(outside("cli"), ({ mentions }) => processNames.filter((name) => mentions.has(name))),
    ).toEqual([]);
  });

  it("is neither a clock nor chance in protocol/ and session/", () => {
    const impure = [
      "Date.now",
      "performance.now",
      "Math.random",
      "randomBytes",
      "randomFillSync",
      "randomUUID",
    ];
    expect(
      finds(below("protocol", "session"), ({ mentions }) => impure.filter((name) => mentions.has(name))),
    ).toEqual([]);
  });
});

describe("a file", () => {
  it("is named in kebab-case, after one thing", () => {
    const forbidden = new Set(["utils", "util", "helpers", "helper", "common", "misc", "types"]);
    const names = filesBelow(join(root, "packages/sallyport/src"));
    expect(names.filter((path) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.test)?\.ts$/.test(path))).toEqual([]);
    expect(names.filter((path) => forbidden.has(basename(path).split(".", 1)[0] ?? ""))).toEqual([]);
    expect(names.filter((path) => basename(path) === "index.ts")).toEqual(["index.ts"]);
  });

  it("has at most 400 lines", () => {
    const prose = sources.filter(({ path }) => !tables.has(path));
    expect(finds(prose, ({ lines }) => (lines > 400 ? [`${lines} lines`] : []))).toEqual([]);
  });

  it("documents everything that it exports", () => {
    expect(finds(sources, ({ undocumented }) => undocumented)).toEqual([]);
  });

  it("has no default export", () => {
    expect(finds(all, ({ hasDefaultExport }) => (hasDefaultExport ? ["default export"] : []))).toEqual([]);
  });
});

describe("a guard", () => {
  const files = below("guards").filter(({ text }) => /^export const \w+: GuardDefinition</m.test(text));
  const names = files.map(({ text }) => /^export const (\w+): GuardDefinition</m.exec(text)?.[1] ?? "");

  it("is seen, and built in", () => {
    expect(names.length).toBeGreaterThanOrEqual(10);
    const list = sources.find(({ path }) => path === "policy/built-in-guards.ts");
    expect(list?.imports.flatMap((found) => found.names)).toEqual(expect.arrayContaining(names));
  });

  it("has one name: of its file, its export and itself", () => {
    expect(files.map(({ path }) => path).sort()).toEqual(
      names.map((name) => `guards/${kebab(name)}.ts`).sort(),
    );
  });

  it("has its test beside it", () => {
    const tests = new Set(all.map(({ path }) => path));
    const beside = files.map(({ path }) => path.replace(/\.ts$/, ".test.ts"));
    expect(beside.filter((path) => !tests.has(path))).toEqual([]);
  });

  it("has its page in the documents", () => {
    expect(names.filter((name) => !existsSync(join(root, `docs/guards/${kebab(name)}.md`)))).toEqual([]);
    const pages = filesBelow(join(root, "docs/guards")).map((path) => basename(path, ".md"));
    expect(pages.filter((page) => !["README", "corpus", "guards"].includes(page)).sort()).toEqual(
      names.map(kebab).sort(),
    );
  });

  it("has its codes in the registry, and every code names a guard or a part of the engine", () => {
    const prefixes = new Set(Object.keys(errors).map((code) => code.split(".", 1)[0] ?? ""));
    expect(names.filter((name) => !prefixes.has(name))).toEqual([]);
    expect([...prefixes].filter((prefix) => !names.includes(prefix) && !engineParts.has(prefix))).toEqual([]);
  });
});

describe("the client", () => {
  const client = readSources(join(root, "packages/client/src"));
  const files = client.filter(({ path }) => !path.endsWith(".test.ts"));

  it("is seen", () => {
    expect(files.length).toBeGreaterThan(12);
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(20);
  });

  it("imports nothing but its own files: no module of Node's, no library, no other package", () => {
    const known = new Set(files.map(({ path }) => `./${path}`));
    expect(
      finds(files, ({ imports }) =>
        imports.map(({ specifier }) => specifier).filter((specifier) => !known.has(specifier)),
      ),
    ).toEqual([]);
  });

  it("never touches the console or the process, and has no clock but the wall's", () => {
    const names = [...processNames, "process", "Buffer", "performance.now"];
    expect(finds(files, ({ mentions }) => names.filter((name) => mentions.has(name)))).toEqual([]);
  });

  it("keeps to the form of the other files", () => {
    expect(client.filter(({ path }) => !/^[a-z0-9-]+(\.test)?\.ts$/.test(path))).toEqual([]);
    expect(finds(files, ({ lines }) => (lines > 400 ? [`${lines} lines`] : []))).toEqual([]);
    expect(finds(files, ({ undocumented }) => undocumented)).toEqual([]);
    expect(finds(client, ({ hasDefaultExport }) => (hasDefaultExport ? ["default export"] : []))).toEqual([]);
  });
});

describe("the scanner", () => {
  const scanner = readSources(join(root, "packages/scanner/src"));
  const files = scanner.filter(({ path }) => !path.endsWith(".test.ts"));
  const checks = files.flatMap(({ path, text }) =>
    [
      ...text.matchAll(
        /^export const (\w+): (?:Client)?Check = (?:\w+\()?\{\n {2}id: "([^"]*)",\n(?: {2}group: "([^"]*)")?/gm,
      ),
    ].map(([, name = "", id = "", group = path.split("/")[1] ?? ""]) => ({ path, name, id, group })),
  );

  it("is seen", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(checks.length).toBeGreaterThan(8);
  });

  it("imports Node, its own files and four libraries, and nothing of the gate: it can be installed without it", () => {
    const known = new Set(files.map(({ path }) => path));
    expect(
      finds(files, (source) =>
        source.imports
          .filter((found) => !(isRelative(found) && known.has(targetOf(source, found))))
          .map(({ specifier }) => specifier)
          .filter((specifier) => !specifier.startsWith("node:") && !scannerLibraries.has(specifier))
          // What drives a browser is there where somebody wants one.
          .filter((specifier) => place(source.path) !== "browser" || specifier !== "playwright-core")
          // An audited project's own linter, where it has one.
          .filter((specifier) => place(source.path) !== "project" || !specifier.startsWith("pathToFileURL(")),
      ),
    ).toEqual([]);
  });

  it("touches the console, the arguments and the exit code in cli/ only, and the network in probe/ and target.ts only", () => {
    const others = files.filter(({ path }) => place(path) !== "cli");
    expect(
      finds(others, ({ mentions }) => [...processNames, "process"].filter((name) => mentions.has(name))),
    ).toEqual([]);
    const quiet = files.filter(({ path }) => place(path) !== "probe" && path !== "target.ts");
    expect(
      finds(quiet, ({ imports }) =>
        imports
          .filter(({ specifier }) => socketModules.test(specifier) || specifier === "undici")
          .flatMap(({ names }) =>
            names.filter((name) => !pureNames.has(name) && name !== "ConnectionOptions"),
          ),
      ),
    ).toEqual([]);
  });

  it("has one name for a check, in its file, its export, its id and its group", () => {
    expect(checks.map(({ path }) => path)).toEqual(checks.map(({ group, id }) => `checks/${group}/${id}.ts`));
    expect(checks.map(({ name }) => name)).toEqual(
      checks.map(({ id }) => id.replaceAll(/-(\w)/g, (_, first: string) => first.toUpperCase())),
    );
    const lists = files.filter(({ path }) => /^checks\/built-in-(client-)?checks\.ts$/.test(path));
    expect(
      lists
        .flatMap(({ imports }) => imports.flatMap((found) => found.names))
        .filter((name) => name !== "Check" && name !== "ClientCheck")
        .sort(),
    ).toEqual(checks.map(({ name }) => name).sort());
  });

  it("has a page for every check, and no other", () => {
    const pages = filesBelow(join(root, "docs/checks")).map((path) => basename(path, ".md"));
    expect(
      pages.filter((page) => !["README", "corpus", "current-releases", "guards"].includes(page)).sort(),
    ).toEqual(checks.map(({ id }) => id).sort());
  });

  it("keeps to the form of the other files", () => {
    expect(scanner.filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.test)?\.ts$/.test(path))).toEqual([]);
    expect(finds(files, ({ lines }) => (lines > 400 ? [`${lines} lines`] : []))).toEqual([]);
    expect(finds(files, ({ undocumented }) => undocumented)).toEqual([]);
    expect(finds(scanner, ({ hasDefaultExport }) => (hasDefaultExport ? ["default export"] : []))).toEqual(
      [],
    );
  });
});

describe("the lint plugin", () => {
  const plugin = readSources(join(root, "packages/eslint-plugin/src"));
  const files = plugin.filter(({ path }) => !path.endsWith(".test.ts"));
  const rules = files.filter(({ path }) => place(path) === "rules");

  it("is seen", () => {
    expect(rules.length).toBeGreaterThan(15);
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(60);
  });

  it("imports nothing but its own files, so that every linter which speaks ESTree runs it, and no rule another", () => {
    const known = new Set(files.map(({ path }) => path));
    expect(
      finds(files, (source) =>
        source.imports
          .filter((found) => !known.has(targetOf(source, found)))
          .map(({ specifier }) => specifier),
      ),
    ).toEqual([]);
    expect(
      finds(rules, (source) =>
        source.imports.map((found) => targetOf(source, found)).filter((target) => place(target) === "rules"),
      ),
    ).toEqual([]);
  });

  it("touches neither console nor arguments, and has no clock and no chance", () => {
    const names = [...processNames, "Date.now", "performance.now", "Math.random", ...timers];
    expect(finds(files, ({ mentions }) => names.filter((name) => mentions.has(name)))).toEqual([]);
  });

  it("has a test beside every rule", () => {
    const paths = new Set(plugin.map(({ path }) => path));
    const untested = rules.filter(({ path }) => !paths.has(path.replace(/\.ts$/, ".test.ts")));
    expect(untested.map(({ path }) => path)).toEqual([]);
  });

  it("keeps to the form of the other files", () => {
    expect(plugin.filter(({ path }) => !/^(rules\/)?[a-z0-9-]+(\.test)?\.ts$/.test(path))).toEqual([]);
    expect(finds(files, ({ lines }) => (lines > 400 ? [`${lines} lines`] : []))).toEqual([]);
    expect(finds(files, ({ undocumented }) => undocumented)).toEqual([]);
    // A configuration of ESLint takes a plugin as its default export.
    const others = plugin.filter(({ path }) => path !== "index.ts");
    expect(finds(others, ({ hasDefaultExport }) => (hasDefaultExport ? ["default export"] : []))).toEqual([]);
  });
});

describe("the dashboard", () => {
  const dashboard = readSources(join(root, "packages/dashboard/src"));
  const files = dashboard.filter(({ path }) => !path.endsWith(".test.ts"));
  /** What is in the page: each weighs. */
  const libraries = new Set(["preact", "preact/hooks", "@preact/signals", "uplot", "@sallyport/client"]);

  it("is seen", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
  });

  it("takes of the gate what it is sent, by its type alone", () => {
    const foreign = /^(?:\.\.\/)+sallyport\/src\/(?!(?:hosts\/dashboard\/[a-z-]+-message|events)\.ts$)/;
    expect(
      finds(files, ({ imports }) =>
        imports.map(({ specifier }) => specifier).filter((specifier) => foreign.test(specifier)),
      ),
    ).toEqual([]);
    const values = /^import (?!type ).*sallyport\/src\/|^\} from ".*sallyport\/src\//m;
    const whole = files.filter(({ text }) =>
      values.test(text.replaceAll(/^import type \{[^}]*\} from .*$/gm, "")),
    );
    expect(whole.map(({ path }) => path)).toEqual([]);
  });

  it("brings no library but its own, and makes no markup and no code of a text (CWE-79)", () => {
    expect(
      finds(files, (source) =>
        source.imports
          .filter((found) => !isRelative(found) && !libraries.has(found.specifier))
          .map(({ specifier }) => specifier),
      ),
    ).toEqual([]);
    const acts =
      /\b(?:dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval)\b/;
    expect(files.filter(({ text }) => acts.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it("keeps to the form of the other files", () => {
    expect(
      dashboard
        .filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.test)?\.tsx?$/.test(path))
        .map(({ path }) => path),
    ).toEqual([]);
    expect(finds(files, ({ lines }) => (lines > 400 ? [`${lines} lines`] : []))).toEqual([]);
    expect(finds(files, ({ undocumented }) => undocumented)).toEqual([]);
    expect(finds(dashboard, ({ hasDefaultExport }) => (hasDefaultExport ? ["default export"] : []))).toEqual(
      [],
    );
  });
});

describe("parseSource", () => {
  const sample = parseSource(
    "session/sample.ts",
    [
      'import type { Connect } from "../hosts/driver.ts";',
      'export { frame } from "../protocol/frame.ts";',
      "/** Documented: ünïcödé. */",
      "export const fine = 1;",
      "export const bare = () => import(`../cli/run.ts`);",
      "setTimeout(() => process.exit(fine), 1);",
      "export default fine;",
      "",
    ].join("\n"),
  );

  it("sees what the rules forbid, so that they cannot pass on nothing", () => {
    expect(sample.imports.map(({ specifier }) => specifier)).toEqual([
      "../hosts/driver.ts",
      "../protocol/frame.ts",
      "../cli/run.ts",
    ]);
    expect(upwardImports(sample)).toEqual(["hosts/driver.ts", "cli/run.ts"]);
    expect(sample.mentions).toContain("setTimeout");
    expect(sample.mentions).toContain("process.exit");
    expect(sample.undocumented).toEqual(["export const bare = () => import(`../cli/run.ts`);"]);
    expect(sample.hasDefaultExport).toBe(true);
  });
});
