import { Command } from "commander";
import { applyBaseline, type Baseline } from "../baseline.ts";
import { builtInClientChecks } from "../checks/built-in-client-checks.ts";
import { problemOf } from "../problem-of.ts";
import type { ListenAddress } from "../probe/listen.ts";
import type { ClientCheck } from "../reverse/client-check.ts";
import type { StartClient } from "../reverse/client-process.ts";
import { type ClientSettings, defaultClientSettings } from "../reverse/client-settings.ts";
import { type ClientProgress, runClientScan } from "../reverse/run-client-scan.ts";
import { finishScan, prepareReport, type ReportFlags } from "./finish-scan.ts";
import { renderClientPlan } from "./render-plan.ts";
import { runProgram } from "./run-program.ts";
import { addReportFlags, collectNames, positive } from "./scan-flags.ts";
import { selectChecks } from "./select-checks.ts";
import { splitCommand } from "./split-command.ts";
import { startBy } from "./start-client.ts";
import { exitCodes, type Surroundings, type Terminal } from "./terminal.ts";

interface ListenFlags extends ReportFlags {
  readonly listen: string | true;
  readonly clientCommand?: string;
  readonly message: string;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly plan: boolean;
  readonly timeLimit: number;
  readonly patience: number;
  readonly idle: number;
  readonly wait: number;
}

const DEFAULT_ADDRESS = "127.0.0.1:0";
const EXAMPLES = `
Examples:
  sallyport-scan --listen --client-command 'node my-client.js {url}'
  sallyport-scan --listen 127.0.0.1:8080 --format html --output client.html
  sallyport-scan --listen --plan

Without --client-command the client has to connect again whenever its connection is lost. A browser is tested by the page at the address
that is printed. Exit codes: 0 done, 1 found something at or above --fail-on, 2 usage, 3 no client came.
`;

/** Whether the arguments ask for a test of a client. */
export function isListening(argv: readonly string[]): boolean {
  return argv.some((word) => word === "--listen" || word.startsWith("--listen="));
}

/** Runs `sallyport-scan --listen …`: is a hostile server, and tests the clients that come. Answers the exit code. */
export async function listenCommand(
  argv: readonly string[],
  { terminal, version }: Surroundings,
): Promise<number> {
  let code: number = exitCodes.done;
  const program = addListenFlags(new Command("sallyport-scan"))
    .description("Tests a WebSocket client: listens, and is a hostile server to whoever connects.")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: ListenFlags) => {
      code = await test(flags, terminal, version);
    });
  return (await runProgram(program, argv, terminal)) ?? code;
}

function addListenFlags(command: Command): Command {
  const { message, patienceMs, idleMs, waitMs, totalMs } = defaultClientSettings;
  return addReportFlags(command)
    .option("--listen [address]", `where to listen, HOST:PORT; default: ${DEFAULT_ADDRESS}, a free port`)
    .option(
      "--client-command <command>",
      "starts the client for each connection; {url} in it is where to connect to, and stands at its end otherwise",
    )
    .option("--message <text>", "a text message that the client understands", message)
    .option("--only <checks>", "these checks alone, by id", collectNames, [])
    .option("--skip <checks>", "not these checks", collectNames, [])
    .option("--plan", "show what the client would be answered, and do not listen", false)
    .option("--time-limit <seconds>", "time in all", positive, totalMs / 1000)
    .option("--patience <ms>", "how long no answer counts as none", positive, patienceMs)
    .option("--idle <seconds>", "how long a handshake is left without an answer", positive, idleMs / 1000)
    .option(
      "--wait <seconds>",
      "how long each connection of the client is waited for",
      positive,
      waitMs / 1000,
    );
}

async function test(flags: ListenFlags, terminal: Terminal, version: string): Promise<number> {
  const say = (problem: unknown): number => {
    terminal.err(`sallyport-scan: ${problemOf(problem)}\n`);
    return exitCodes.usage;
  };
  let checks: readonly ClientCheck[];
  let start: StartClient | null;
  let address: ListenAddress;
  let baseline: Baseline;
  try {
    checks = selectChecks(builtInClientChecks, { ...flags, group: [] });
    start = flags.clientCommand === undefined ? null : startBy(splitCommand(flags.clientCommand));
    address = parseAddress(flags.listen === true ? DEFAULT_ADDRESS : flags.listen);
    baseline = await prepareReport(flags);
  } catch (error) {
    return say(error);
  }
  if (flags.plan) {
    terminal.out(renderClientPlan(checks));
    return exitCodes.done;
  }
  try {
    const report = await runClientScan({
      address,
      checks,
      start,
      ...(flags.clientCommand === undefined ? {} : { command: flags.clientCommand }),
      settings: settingsOf(flags),
      scanner: `sallyport-scan ${version}`,
      onProgress: progressOf(terminal, start === null),
    });
    return await finishScan(applyBaseline(report, baseline), flags, terminal);
  } catch (error) {
    return say(error);
  }
}

function settingsOf({ message, patience, idle, wait, timeLimit }: ListenFlags): ClientSettings {
  return {
    ...defaultClientSettings,
    message,
    patienceMs: patience,
    silenceMs: Math.max(defaultClientSettings.silenceMs, patience),
    idleMs: idle * 1000,
    waitMs: wait * 1000,
    totalMs: timeLimit * 1000,
  };
}

/** `HOST:PORT`, `PORT`, or `[::1]:PORT`. Throws an error where it is none of these. */
function parseAddress(text: string): ListenAddress {
  const [, bracketed, named, port = ""] = /^(?:(?:\[([\da-f:.]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535)
    throw new Error(`--listen ${JSON.stringify(text)} is not of the form HOST:PORT, such as 127.0.0.1:8080`);
  return { host: bracketed ?? named ?? "127.0.0.1", port: Number(port) };
}

/** Says where it listens, and for whom it waits; shows how far it is on a line that is written over, where somebody watches. */
function progressOf({ err, isWatched }: Terminal, isByItself: boolean): (progress: ClientProgress) => void {
  const line = (text: string): void => void (isWatched && err(`\r\u001b[K${text}`));
  return (progress) => {
    switch (progress.kind) {
      case "listening":
        err(`A hostile server listens at ${progress.url}\n`);
        if (isByItself)
          err(
            `Waiting for the client: point it there, or open ${progress.url.replace(/^ws/, "http")} in a browser.\n`,
          );
        return undefined;
      case "control":
        return line(progress.control.isUsable ? "the client is there" : progress.control.problem);
      case "begun":
        return line(
          `${progress.check.id}: ${isByItself ? "waiting for the client to connect again" : "the client is started"}`,
        );
      case "done":
        return line(
          progress.done === progress.of
            ? ""
            : `${progress.done} of ${progress.of} checks: ${progress.check.id}`,
        );
    }
  };
}
