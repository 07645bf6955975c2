#!/usr/bin/env node
// Starts the scanner: of the build, or of the source in a checkout (Node runs TypeScript by stripping its types).
// An older Node hands over to the `node` package's binary where that is installed. Plain JavaScript that Node 14 parses.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const NEEDED = [24, 15];
const HANDED_OVER = "SALLYPORT_SCAN_HANDED_OVER";

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function findNode() {
  for (const place of [import.meta.url, new URL("../../../package.json", import.meta.url)]) {
    try {
      return createRequire(place).resolve("node/bin/node");
    } catch {
      // Not installed there.
    }
  }
  return null;
}

function handOver(node) {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: "inherit", env: { ...process.env, [HANDED_OVER]: "1" } });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // A terminal's Ctrl-C reaches the child by itself.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("error", (error) => {
    process.stderr.write(`sallyport-scan: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on("exit", (code) => process.exit(code === null ? 2 : code));
}

async function start() {
  const source = new URL("../src/cli/main.ts", import.meta.url);
  const { main } = await import(existsSync(source) ? source.href : "../dist/cli/main.js");
  process.exitCode = await main(process.argv.slice(2));
}

const node = isNewEnough(process.versions.node) || process.env[HANDED_OVER] === "1" ? null : findNode();
if (node !== null) {
  handOver(node);
} else if (isNewEnough(process.versions.node)) {
  await start();
} else {
  process.stderr.write(
    `sallyport-scan needs Node ${NEEDED.join(".")} or later, this is ${process.versions.node}: install it, or the npm package \`node\` beside the scanner.\n`,
  );
  process.exitCode = 2;
}
