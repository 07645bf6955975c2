import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The binary of the package. */
export const launcher: string = fileURLToPath(new URL("../../bin/sallyport.js", import.meta.url));

const WITHIN_MS = 100_000;

/** A `sallyport` that runs as a process of its own. */
export interface SallyportProcess {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly written: () => { readonly out: string; readonly err: string };
  /** Resolves with the match once its output matches. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with its exit code, or the signal that ended it. @param withinMs 100 s unless given */
  exit(withinMs?: number): Promise<number | NodeJS.Signals | null>;
}

/**
 * Starts the binary; it is killed when the test ends.
 *
 * @param options `node`: the Node that runs it, this one unless given; `log`: a descriptor in place of its standard error
 */
export function startSallyport(argv: readonly string[], options: ProcessOptions = {}): SallyportProcess {
  return startProgram([launcher, ...argv], options);
}

interface ProcessOptions {
  readonly node?: string;
  readonly directory?: string;
  readonly log?: number;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long each thing that it is to say may take, milliseconds. Default 100,000. */
  readonly withinMs?: number;
}

/** Starts a program of Node, as {@link startSallyport} does the binary. */
export function startProgram(argv: readonly string[], options: ProcessOptions = {}): SallyportProcess {
  const child = spawn(options.node ?? process.execPath, argv, {
    stdio: ["ignore", "pipe", options.log ?? "pipe"],
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
    ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } }),
  });
  let [out, err] = ["", ""];
  const changed = new Set<() => void>();
  const tell = (): void => {
    for (const listener of changed) listener();
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => ((out += text), tell()));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => ((err += text), tell()));
  const closed = once(child, "close").then(() => child.exitCode ?? child.signalCode);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  const within = async <Value>(
    promise: Promise<Value>,
    what: string,
    ms = options.withinMs ?? WITHIN_MS,
  ): Promise<Value> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no ${what} in ${ms} ms, only: ${out}${err}`)), ms);
    });
    return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
  };
  return {
    child,
    written: () => ({ out, err }),
    exit: async (withinMs) => await within(closed, "exit", withinMs),
    says: async (pattern) =>
      await within(
        new Promise<RegExpExecArray>((resolve) => {
          const look = (): void => {
            const match = pattern.exec(out + err);
            if (match === null) return;
            changed.delete(look);
            resolve(match);
          };
          changed.add(look);
          look();
        }),
        `${pattern}`,
      ),
  };
}

/** A directory that is removed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-cli-"));
  // Processes of a process that was killed end a moment later.
  onTestFinished(async () => await rm(directory, { recursive: true, maxRetries: 10 }));
  return directory;
}
