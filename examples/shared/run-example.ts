import { relative, resolve } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";

import { claimDirectory } from "./claim-directory.ts";
import { type Gate, startGate } from "./gate.ts";
import { freePort } from "./loopback.ts";
import { writeConfig } from "./write-config.ts";

/** Something that was started, and can be ended. */
export interface Running {
  close(): Promise<void>;
}

/** What an example consists of. `Name`: what has a port. */
export interface Example<Name extends string> {
  /** Its `sallyport.yaml`, and files beside that which it names. */
  readonly config: URL;
  readonly beside?: readonly string[];
  /** Where the copy of its configuration and the files of its gate are, unless `--directory` says otherwise. */
  readonly directory: string;
  /** Its ports on loopback, as they are written in the configuration; where one is taken, another is found. */
  readonly ports: Readonly<Record<Name, number>>;
  /** Starts everything but the gate. */
  start(stage: Stage<Name>): Promise<readonly Running[]>;
  /** Changes the copy of the configuration before the gate reads it. */
  readonly prepare?: (configFile: string) => Promise<void>;
  /** Is told each line of the gate's log, which goes on to the terminal all the same. */
  readonly onLogLine?: (line: string) => void;
  /** What is printed once everything runs. */
  introduction(stage: Stage<Name>): string;
}

/** Where an example runs. */
export interface Stage<Name extends string> {
  readonly directory: string;
  /** The ports that it has. */
  readonly ports: Readonly<Record<Name, number>>;
  /** The configuration that the gate reads, as it is written in a command. */
  readonly configFile: string;
}

async function findPorts<Name extends string>(
  written: Readonly<Record<Name, number>>,
  areAnyFree: boolean,
): Promise<Record<Name, number>> {
  const found: Record<Name, number> = { ...written };
  for (const name in written) found[name] = await freePort(areAnyFree ? 0 : written[name]);
  return found;
}

/** As it is written in a command. */
function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

async function start<Name extends string>(
  example: Example<Name>,
  stage: Stage<Name>,
  running: Running[],
): Promise<Gate> {
  const { config, beside = [], ports: written } = example;
  const ports = new Map<number, number>();
  for (const name in written) ports.set(written[name], stage.ports[name]);
  const configFile = await writeConfig({ original: config, directory: stage.directory, ports, beside });
  await example.prepare?.(configFile);
  running.push(...(await example.start(stage)));
  const { onLogLine } = example;
  if (onLogLine === undefined) return await startGate(configFile);
  const onLine = (line: string): void => {
    process.stderr.write(`${line}\n`);
    onLogLine(stripVTControlCharacters(line));
  };
  return await startGate(configFile, {
    onLine,
    inColour: process.stderr.isTTY && process.stderr.hasColors(),
  });
}

/**
 * Runs an example until Ctrl-C: its application and pages, and the gate before them. `--directory DIR` says where its files
 * are, `--free-ports` takes whatever ports are free. The exit code is the gate's, or 3 where it could not start.
 */
export async function runExample<Name extends string>(example: Example<Name>): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      directory: { type: "string", default: example.directory },
      "free-ports": { type: "boolean", default: false },
    },
  });
  const directory = resolve(flags.directory);
  const stage: Stage<Name> = {
    directory,
    ports: await findPorts(example.ports, flags["free-ports"]),
    configFile: fromHere(resolve(directory, "sallyport.yaml")),
  };
  const running: Running[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(async (part) => await part.close()));
  };
  try {
    running.push({ close: await claimDirectory(directory) });
    const gate = await start(example, stage, running);
    console.log(example.introduction(stage));
    gate.process.once("exit", (code) => {
      process.exitCode = code ?? 1;
      void stop();
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void gate.stop());
  } catch (error) {
    console.error(`The example could not start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 3;
    await stop();
  }
}
