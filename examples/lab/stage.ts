import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { type Gate, type GateLog, startGate } from "../shared/gate.ts";
import { writeConfig } from "../shared/write-config.ts";
import { folderOf, type Lesson, type LessonPorts } from "./lesson.ts";

/** What of a lesson runs. `gateway`: what is vulnerable, with a gate before it. */
export type Variant = "vulnerable" | "fixed" | "gateway";

/** What of a lesson can run, in the order of the lesson. */
export const variants: readonly Variant[] = ["vulnerable", "fixed", "gateway"];

/** How a stage is set. */
export interface StageOptions {
  readonly lesson: Lesson;
  readonly variant: Variant;
  /** Where the copy of the gate's configuration goes. */
  readonly directory: string;
  /** Where it listens, in place of where its configuration is written for. */
  readonly ports: LessonPorts;
  /** Runs the gate. Default: the command line, in a process of its own. */
  readonly runGate?: (configFile: string, log: GateLog) => Promise<Pick<Gate, "stop">>;
  /** Is told each line of the application and of the gate. */
  readonly onLine?: (line: string) => void;
  /** Is told that the application has ended by itself. */
  readonly onCrash?: () => void;
}

/** A lesson's application that runs, with its gate or without. */
export interface Stage {
  /** Where its WebSocket is: the gate's where there is one. */
  readonly url: string;
  /** The application's own, round the gate. */
  readonly applicationUrl: string;
  close(): Promise<void>;
}

/** Memory that an application of the lab gets, in MiB: an attack that works is not to fill the learner's machine. */
const heapMebibytes = 128;
const runner = fileURLToPath(new URL("run-application.ts", import.meta.url));
const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** It may read the checkout, and neither write, nor start another process. */
function permissions(): string[] {
  const network = process.allowedNodeEnvironmentFlags.has("--allow-net") ? ["--allow-net"] : [];
  return ["--permission", `--allow-fs-read=${checkout}*`, ...network];
}

async function startApplication(
  options: StageOptions,
  port: number,
  origins: string[],
): Promise<ChildProcess> {
  const { lesson, variant, onLine = () => undefined, onCrash = () => undefined } = options;
  const file = variant === "fixed" ? "fixed.ts" : "vulnerable.ts";
  const child = fork(runner, [fileURLToPath(new URL(file, folderOf(lesson))), String(port), ...origins], {
    execArgv: [`--max-old-space-size=${heapMebibytes}`, "--no-warnings", ...permissions()],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const output of [child.stdout, child.stderr])
    if (output !== null) createInterface({ input: output }).on("line", onLine);
  const [said] = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (said !== "listening") throw new Error(`the application of ${lesson.id} ended before it listened`);
  child.once("exit", onCrash);
  return child;
}

async function stopApplication(child: ChildProcess): Promise<void> {
  child.removeAllListeners("exit");
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Starts a lesson's application in a process of its own, and the gate before it. Rejects where one of them does not start. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const { lesson, variant, directory, ports, runGate = startGate, onLine = () => undefined } = options;
  const { application: port, gate: gatePort } = ports;
  const place = (at: number): string => `127.0.0.1:${at}`;
  const origins = [`http://${place(port)}`, `http://${place(gatePort)}`];
  const child = await startApplication(options, port, origins);
  let gate: Pick<Gate, "stop"> | null = null;
  try {
    if (variant === "gateway") {
      const configFile = await writeConfig({
        original: new URL("sallyport.yaml", folderOf(lesson)),
        directory,
        ports: new Map([
          [lesson.ports.application, port],
          [lesson.ports.gate, gatePort],
        ]),
        beside: lesson.beside ?? [],
      });
      gate = await runGate(configFile, { onLine });
    }
  } catch (error) {
    await stopApplication(child);
    throw error;
  }
  return {
    url: `ws://${place(gate === null ? port : gatePort)}${lesson.path}`,
    applicationUrl: `ws://${place(port)}${lesson.path}`,
    async close() {
      await Promise.all([gate?.stop(), stopApplication(child)]);
    },
  };
}
