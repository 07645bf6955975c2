#!/usr/bin/env node
// Starts the command line: of the build, or of the source in a checkout (Node runs TypeScript by stripping its types).
// An older Node hands over to the `node` package's binary where that is installed. Plain JavaScript that Node 14 parses.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

const NEEDED = [24, 15];
const HANDED_OVER = "SALLYPORT_HANDED_OVER";

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function findNode() {
  const places = [import.meta.url, new URL("../../../package.json", import.meta.url)];
  for (const place of places) {
    try {
      return createRequire(place).resolve("node/bin/node");
    } catch {
      // Not installed there.
    }
  }
  return null;
}

function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [HANDED_OVER]: "1" },
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // A terminal's Ctrl-C reaches the child by itself: a second SIGINT would read as "at once".
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("error", (error) => {
    process.stderr.write(`sallyport: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exit(code);
    } else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}

// The launcher holds the other end of the channel: when it is killed the channel closes, and so does this process.
function endWithLauncher() {
  delete process.env[HANDED_OVER];
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel?.unref();
}

// Handshakes that come together make V8 grow its young generation to 64 MB and more, which it keeps: half of what an idle
// connection took. It stays as it is at the start, some 2 MB: what a message needs is gone long before. Collections of so
// little are done by one thread: waking others costs more than they save. By flags that work on a running heap, since nobody
// starts us with `--max-semi-space-size`; whoever does is obeyed.
function keepYoungGenerationSmall() {
  const asked = `${process.execArgv.join(" ")} ${process.env.NODE_OPTIONS || ""}`;
  if (asked.includes("semi-space")) return;
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--no-parallel-scavenge");
}

async function start() {
  keepYoungGenerationSmall();
  if (process.env[HANDED_OVER] === "1" && process.connected) endWithLauncher();
  const source = new URL("../src/cli/main.ts", import.meta.url);
  const { main } = await import(existsSync(source) ? source.href : "../dist/cli/main.js");
  process.exitCode = await main(process.argv.slice(2));
}

if (isNewEnough(process.versions.node)) {
  await start();
} else {
  const node = process.env[HANDED_OVER] === "1" ? null : findNode();
  if (node === null) {
    process.stderr.write(
      `sallyport needs Node ${NEEDED.join(".")} or later, this is ${process.versions.node}: install it, or the npm package \`node\` beside sallyport.\n`,
    );
    process.exitCode = 2;
  } else {
    handOver(node);
  }
}
