import { access, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { Command, CommanderError, Help, type Option } from "commander";
import type { RunFlags } from "../policy/load-config.ts";
import { asMapping } from "../policy/raw-config.ts";
import { DEFAULT_CONFIG, describesGate } from "../policy/run-flags.ts";
import { addAlert } from "./alert-commands.ts";
import type { ExplainOptions } from "./explain.ts";
import { addJournal } from "./journal/journal-commands.ts";
import { addOperate } from "./operate-commands.ts";
import type { DevTokenOptions } from "./dev-token.ts";
import { exitCodes, processTerminal, type Terminal } from "./terminal.ts";
import { addTest } from "./test-command.ts";

const HOW_TO_START = `There is no ${DEFAULT_CONFIG} here, and no flag says what to serve. Start with

  sallyport run --listen 127.0.0.1:8443 --to ws://127.0.0.1:3000 --origin https://app.example.com --identity anonymous

or write a ${DEFAULT_CONFIG}:

  version: 1
  listen: [{ address: 127.0.0.1:8443, tls: development }]
  routes:
    - path: /
      upstream: ws://127.0.0.1:3000
      identity: anonymous
`;

const RUN_EXAMPLES = `
Examples:
  sallyport run --config sallyport.yaml
  sallyport run --listen 127.0.0.1:8443 --to ws://127.0.0.1:3000 --origin https://app.example.com --identity anonymous
  sallyport run --listen 0.0.0.0:443 --tls cert.pem,key.pem --to unix:/run/chat.sock --origin https://app.example.com \\
    --jwks https://id.example.com/jwks.json --issuer https://id.example.com --audience chat
`;

const EXAMPLES = `
Examples:
  sallyport run --config sallyport.yaml     start the gate
  sallyport check sallyport.yaml            find every mistake, and see what will be enforced
  sallyport test policy.test.yaml           see that the policy admits and refuses what it should
  sallyport explain origin.allow            what a key does
  sallyport explain origin.foreign          what an error code means, and how to allow it

Exit codes: 0 done, 1 found something, 2 usage or configuration, 3 could not reach or listen.
`;

/** Runs the command line `sallyport ARGS…`; answers its exit code. Never exits the process. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  let code: number = exitCodes.done;
  const finish = (result: number): void => {
    code = result;
  };
  try {
    await createProgram(await readVersion(), terminal, finish).parseAsync([...argv], { from: "user" });
    return code;
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    return cause.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}

async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return String(asMapping(manifest)?.["version"]);
}

type Finish = (code: number) => void;

function createProgram(version: string, terminal: Terminal, finish: Finish): Command {
  const program = new Command("sallyport")
    .description("A gate for WebSockets: every handshake and every message is checked before it passes.")
    .version(version, "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      getOutHasColors: () => terminal.colour,
    })
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help shows what can be written)")
    .configureHelp({ showGlobalOptions: false, optionDescription: describeOption })
    // `revoke --user U` and `revoke list --admin A` each have options of their own.
    .enablePositionalOptions();
  addRun(program, terminal, finish);
  addWorker(program, terminal, finish);
  addCheck(program, terminal, finish);
  addTest(program, terminal, finish);
  addExplain(program, terminal, finish);
  addDevToken(program, terminal, finish);
  addOperate(program, terminal, finish);
  addAlert(program, terminal, finish);
  addJournal(program, { terminal, finish, version });
  return program;
}

/** What an option does. That a switch is off and a list is empty where nothing is written goes without saying. */
function describeOption(option: Option): string {
  return new Help().optionDescription(option).replace(/ \(default: (false|\[\])\)$/, "");
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}

function addRun(program: Command, terminal: Terminal, finish: Finish): void {
  const command = program
    .command("run")
    .description("start the gate")
    .option(
      "--config <file>",
      `the configuration (default: ./${DEFAULT_CONFIG}, where no flag says what to serve)`,
    )
    .option("--listen <host:port>", "where to listen; port 0 asks for a free one")
    .option("--to <url>", "the application: ws://…, wss://… or unix:/socket")
    .option<readonly string[]>("--origin <url>", "an origin whose pages may connect; repeatable", collect, [])
    .option(
      "--identity <provider>",
      "`anonymous`: nobody needs to be known; `development`: who has a token of `sallyport dev-token`",
    )
    .option("--jwks <url>", "the keys of the provider whose tokens are accepted")
    .option("--issuer <issuer>", "the issuer of the tokens")
    .option("--audience <audience>", "the audience of the tokens")
    .option("--tls <how>", "off, development, or CERT,KEY (default on a loopback address: development)")
    .option("--journal <directory>", "where to record what passes; `off` (the default): nowhere")
    .option("--admin <host:port>", "where metrics and the admin API are (default: nowhere)")
    .option("--workers <n>", "processes that carry connections (default: 1, this one)")
    .addHelpText("after", RUN_EXAMPLES);
  command.action(async (flags: RunFlags) => {
    const chosen = await chooseConfig(flags, terminal);
    if (typeof chosen === "string") {
      command.error(chosen, { exitCode: exitCodes.usage });
    } else {
      const { run } = await import("./run.ts");
      finish(await run(chosen, terminal, await readVersion()));
    }
  });
}

/** What `run --workers` starts: no command of an operator's. */
function addWorker(program: Command, terminal: Terminal, finish: Finish): void {
  program.command("worker", { hidden: true }).action(async () => {
    const { runWorker } = await import("./worker.ts");
    finish(await runWorker(terminal));
  });
}

// The flags to run with, or what is wrong with them.
async function chooseConfig(flags: RunFlags, terminal: Terminal): Promise<RunFlags | string> {
  if (flags.config !== undefined && describesGate(flags))
    return "error: --config says what to serve: take the other flags out, or --config";
  if (flags.config !== undefined || describesGate(flags)) return flags;
  const found = await access(join(terminal.directory, DEFAULT_CONFIG)).then(
    () => true,
    () => false,
  );
  return found ? { ...flags, config: DEFAULT_CONFIG } : HOW_TO_START;
}

function addCheck(program: Command, terminal: Terminal, finish: Finish): void {
  const command = program.command("check");
  command
    .description("validate a configuration and everything it points to; print every problem at once")
    .argument(
      "[file]",
      `the configuration: .yaml, .yml, .json, .ts, .mts, .js or .mjs (default: ./${DEFAULT_CONFIG})`,
    )
    .option("--config <file>", "the same, as the other commands name it")
    .option("--json", "write one JSON object", false)
    .action(async (file: string | undefined, { config, json }: { config?: string; json: boolean }) => {
      if (file !== undefined && config !== undefined)
        command.error("error: the configuration is named twice: FILE and --config FILE are the same", {
          exitCode: exitCodes.usage,
        });
      const { check } = await import("./check.ts");
      const found = join(terminal.directory, DEFAULT_CONFIG);
      finish(await check(file ?? config ?? relative(process.cwd(), found), { json }, terminal));
    });
}

function addExplain(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("explain")
    .description("what a key does; what an error code means; why an incident was refused and how to allow it")
    .argument("<subject>", "a key (origin.allow), an error code (origin.foreign) or an incident id")
    .option("--admin <url>", "the admin address of a running gate, to look up an incident")
    .option("--token-file <file>", "a file with the token of the admin address")
    .option(
      "--config <file>",
      `the configuration of a running gate, which says both (default: ./${DEFAULT_CONFIG})`,
    )
    .action(async (subject: string, options: ExplainOptions) => {
      const { explain } = await import("./explain.ts");
      finish(await explain(subject, { ...options, directory: terminal.directory }, terminal));
    });
}

function addDevToken(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command("dev-token")
    .description("print a token of this machine's development issuer, for `--identity development`")
    .option("--user <user>", "whom it names", "developer")
    .option("--claims <json>", 'further claims, such as \'{"rooms":["attic"]}\'', "{}")
    .option<readonly string[]>(
      "--audience <audience>",
      "an audience besides the gate; repeatable",
      collect,
      [],
    )
    .option("--life <duration>", "how long it is valid, from 1s to 30d", "1h")
    .option("--json", "write one JSON object", false)
    .action(async (options: DevTokenOptions) => {
      const { devToken } = await import("./dev-token.ts");
      finish(await devToken(options, terminal));
    });
}
