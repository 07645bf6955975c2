// `npm run lint:corpus -- FOLDER`: runs the recommended rules over the files of installed packages that speak WebSocket, and prints every report.
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

import { lintSource } from "../test/lint-source.ts";

/** Larger files are bundles. */
const MAX_BYTES = 400_000;
const SOURCE = /\.(?:[cm]?js|jsx|ts|tsx)$/;
const SPEAKS = /websocket|socket\.io|\bwss?\b|sockjs|onmessage|handleUpgrade/i;

const folder = resolve(process.argv[2] ?? "node_modules");
const names = process.argv.slice(3);

/** The source files of a package: no declarations, nothing minified, no dependencies of its own. */
function filesOf(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => SOURCE.test(path) && !/\.d\.[cm]?ts$|\.min\.|(?:^|\/)node_modules\//.test(path))
    .map((path) => join(root, path))
    .filter((path) => statSync(path).isFile() && statSync(path).size < MAX_BYTES)
    .sort();
}

console.log("package\tversion\tfiles\treports");
for (const name of names) {
  const root = realpathSync(join(folder, name));
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const texts = filesOf(root)
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))
    .filter(({ text }) => SPEAKS.test(text));
  const reports = texts.flatMap(({ path, text }) =>
    lintSource(folder, path, text).map(({ ruleId, fatal, line, message }) => ({
      path: relative(root, path),
      rule: fatal === true ? "unparsed" : (ruleId ?? "none"),
      line,
      message,
    })),
  );
  console.log(
    `${name}\t${version}\t${texts.length}\t${reports.filter(({ rule }) => rule !== "unparsed").length}`,
  );
  for (const { path, rule, line, message } of reports)
    console.log(`  ${rule} ${path}:${line}${rule === "unparsed" ? ` ${message}` : ""}`);
}
