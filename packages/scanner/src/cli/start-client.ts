import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { problemOf } from "../problem-of.ts";
import {
  type ClientEnd,
  type ClientProcess,
  looksUncaught,
  type StartClient,
} from "../reverse/client-process.ts";

/** What a client wrote is kept up to its last so many characters. */
const MAX_WRITTEN = 16_384;
/** How long a client may take to end when it is asked to. */
const GRACE_MS = 500;
const run = promisify(execFile);

/** What starts a client by a command, in which `{url}` is the URL; without it, the URL is its last word. */
export function startBy(words: readonly string[], folder?: string): StartClient {
  return (url) => {
    const isNamed = words.some((word) => word.includes("{url}"));
    const [program = "", ...args] = [
      ...words.map((word) => word.replaceAll("{url}", url)),
      ...(isNamed ? [] : [url]),
    ];
    return started(program, args, folder);
  };
}

function started(program: string, args: readonly string[], folder: string | undefined): ClientProcess {
  // A group of its own, so that what the command starts is ended with it.
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  let written = "";
  let end: ClientEnd | null = null;
  const keep = (chunk: Buffer): void => {
    written = `${written}${chunk.toString("utf8")}`.slice(-MAX_WRITTEN);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const gone = new Promise<void>((resolve) => {
    const finish = (code: number | null, signal: string | null): void => {
      end ??= { code, signal, isUncaught: looksUncaught(written) };
      resolve();
    };
    child.once("error", (error) => {
      written += problemOf(error);
      finish(127, null);
    });
    // Not `exit`: what it wrote is to be read to its end.
    child.once("close", finish);
  });
  return {
    get end() {
      return end;
    },
    get written() {
      return written;
    },
    waitForEnd: (withinMs) => within(gone, withinMs),
    memoryBytes: () => memoryOf(child.pid),
    stop: async () => {
      endGroup(child.pid, "SIGTERM");
      if (await within(gone, GRACE_MS)) return;
      endGroup(child.pid, "SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

async function within(gone: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isGone = await Promise.race([gone.then(() => true as const), late]);
  clearTimeout(timer);
  return isGone;
}

/** Signals a process and what it started; nothing where they are gone. */
function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // It has ended.
  }
}

async function memoryOf(pid: number | undefined): Promise<number | null> {
  if (pid === undefined) return null;
  try {
    const kibibytes =
      process.platform === "linux"
        ? /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]
        : (await run("ps", ["-o", "rss=", "-p", String(pid)])).stdout.trim();
    const size = Number(kibibytes);
    return Number.isFinite(size) && size > 0 ? size * 1024 : null;
  } catch {
    return null;
  }
}
