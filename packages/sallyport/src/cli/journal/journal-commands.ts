import type { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { addReplay } from "./replay-command.ts";
import type { EraseOptions } from "./run-erase.ts";
import type { ExportOptions } from "./run-export.ts";
import type { GrantOptions } from "./run-grant.ts";
import type { ProveOptions } from "./run-prove.ts";
import type { ReadersOptions } from "./run-readers.ts";
import type { RotateKeyOptions } from "./run-rotate-key.ts";
import type { SearchOptions } from "./run-search.ts";
import type { ShowOptions } from "./run-show.ts";
import type { TailOptions } from "./run-tail.ts";
import type { VerifyCommandOptions } from "./run-verify.ts";

/** Who runs the commands, and takes their exit codes. */
interface Investigator {
  readonly terminal: Terminal;
  readonly finish: (code: number) => void;
  readonly version: string;
}

const PLACE = `
Which journal: --config (default: ./sallyport.yaml), or --dir and --key on a machine without one.
`;

const EXAMPLES = `
Examples:
  sallyport journal tail -f                                 watch what passes
  sallyport journal search --guard leak --since 2h          what a guard stopped
  sallyport journal show i8Jd0aQ2 --reason 'ticket 4711'    the conversation in which it happened
  sallyport journal verify --checkpoint FILE                whether anybody changed the record
  sallyport journal prove 12:3 --reveal --to proof.json     one record, for somebody who has none of it
  sallyport journal export --user ann --format har --to ann.har --reason 'her request'

Exit codes: 0 done, 1 the journal is broken or a proof proves nothing, 2 usage or configuration, 3 could not reach.
`;

/** Adds `journal` and what is below it: finding, showing, proving, erasing. */
export function addJournal(program: Command, who: Investigator): void {
  const journal = program
    .command("journal")
    .description("find, show, prove and erase what was recorded")
    .addHelpText("after", EXAMPLES);
  addSearch(journal, who);
  addTail(journal, who);
  addShow(journal, who);
  addExport(journal, who);
  addReplay(journal, { ...who, place });
  addVerify(journal, who);
  addProve(journal, who);
  addErase(journal, who);
  addRotateKey(journal, who);
  addReaders(journal, who);
}

/** What says which journal. */
function place(command: Command): Command {
  return command
    .option("--config <file>", "the gate's configuration (default: ./sallyport.yaml)")
    .option("--dir <directory>", "the journal's directory, in place of a configuration")
    .option("--key <file>", "a file with a key: a reader's, or the master key (default: the configuration's)")
    .option("--payload-keys <directory>", "where payload keys are, beside --dir (default: in it)")
    .addHelpText("after", PLACE);
}

/** What says which records. */
function filter(command: Command): Command {
  return command
    .option("--text <text>", "stands in a content, in a name, or anywhere in an event")
    .option("--user <id>", "of this user")
    .option("--session <id>", "of this session")
    .option("--address <address>", "from this address")
    .option("--route <route>", "of this route, such as /chat")
    .option("--guard <guard>", "on which this guard decided, such as leak")
    .option("--verdict <verdict>", "pass, report, observe, replace, drop, close or refuse")
    .option("--name <name>", "of messages that their dialect calls so")
    .option("--incident <id>", "with this incident")
    .option("--type <type>", "message, handshake, open, refresh, decision, closed, admin, gate or journal")
    .option("--since <time>", "not before: a time, or how long ago, such as 2h")
    .option("--until <time>", "before: likewise");
}

const REASON = "why whole contents are read: without it they are left out; it is recorded";

function addSearch(journal: Command, { terminal, finish }: Investigator): void {
  place(filter(journal.command("search")))
    .description("find records, the newest first")
    .option("--limit <n>", "records at most (default: all)")
    .option("--reason <text>", "why it is read; it is recorded")
    .option("--json", "write one JSON object a record and line", false)
    .action(async (options: SearchOptions) => {
      const { runSearch } = await import("./run-search.ts");
      finish(await runSearch(options, terminal));
    });
}

function addTail(journal: Command, { terminal, finish }: Investigator): void {
  place(filter(journal.command("tail")))
    .description("the newest records, and with -f those that come")
    .option("-n, --lines <n>", "how many of the newest (default: 20)")
    .option("-f, --follow", "go on with what comes, until it is ended", false)
    .option("--reason <text>", "why it is read; it is recorded")
    .option("--json", "write one JSON object a record and line", false)
    .action(async (options: TailOptions) => {
      const { runTail } = await import("./run-tail.ts");
      finish(await runTail(options, terminal));
    });
}

function addShow(journal: Command, { terminal, finish }: Investigator): void {
  place(journal.command("show"))
    .description("a session as a conversation; or the one in which an incident happened")
    .argument("<session|incident>", "its id, as `search` shows it")
    .option("--reason <text>", REASON)
    .option("--full", "all of every message, however long", false)
    .option("--dialect <name>", "what messages are read as (default: as the configuration of the route says)")
    .option("--json", "write one JSON object a record and line", false)
    .action(async (subject: string, options: ShowOptions) => {
      const { runShow } = await import("./run-show.ts");
      finish(await runShow(subject, options, terminal));
    });
}

function addExport(journal: Command, { terminal, finish, version }: Investigator): void {
  place(filter(journal.command("export")))
    .description("write records for other tools, the oldest first")
    .option("--format <format>", "jsonl, har (as browsers' developer tools have it) or csv", "jsonl")
    .option("--to <file>", "a file that is not there yet (default: standard output)")
    .option("--reason <text>", REASON)
    .action(async (options: ExportOptions) => {
      const { runExport } = await import("./run-export.ts");
      finish(await runExport({ ...options, version }, terminal));
    });
}

function addVerify(journal: Command, { terminal, finish }: Investigator): void {
  place(journal.command("verify"))
    .description("whether a journal is what was written; or whether a proof proves what it says")
    .option("--checkpoint <file>", "a checkpoint that was kept elsewhere")
    .option("--public-key <key>", "the journal's public key, known from elsewhere, or a file with it")
    .option("--proof <file>", "a proof from `prove`, which is checked instead: it needs no journal")
    .option("--json", "write one JSON object", false)
    .action(async (options: VerifyCommandOptions) => {
      const { runVerify } = await import("./run-verify.ts");
      finish(await runVerify(options, terminal));
    });
}

function addProve(journal: Command, { terminal, finish }: Investigator): void {
  place(journal.command("prove"))
    .description("a proof that a record is in the journal, for somebody who has none of it")
    .argument("<record|incident>", "such as 12:3, as `search` shows it")
    .option("--checkpoint <file>", "the checkpoint that they have (default: the newest beside the segments)")
    .option("--reveal", "bring the key of its block: they can read it, and what else is in the block", false)
    .option("--content", "bring the key of what the user said that day, too; needs --reason", false)
    .option("--reason <text>", "why it is shown; it is recorded")
    .option("--to <file>", "a file that is not there yet (default: standard output)")
    .action(async (record: string, options: ProveOptions) => {
      const { runProve } = await import("./run-prove.ts");
      finish(await runProve(record, options, terminal));
    });
}

function addErase(journal: Command, { terminal, finish }: Investigator): void {
  place(journal.command("erase"))
    .description("destroy the keys of what a user said; the chain still holds")
    .requiredOption("--user <id>", "whose")
    .option("--yes", "do not ask", false)
    .option("--json", "write one JSON object", false)
    .action(async (options: EraseOptions) => {
      const { runErase } = await import("./run-erase.ts");
      finish(await runErase(options, terminal));
    });
}

function addRotateKey(journal: Command, { terminal, finish }: Investigator): void {
  place(journal.command("rotate-key"))
    .description("let another master key open the journal; nothing is written again")
    .requiredOption("--to <file>", "the new master key, which is made where there is none")
    .option("--json", "write one JSON object", false)
    .action(async (options: RotateKeyOptions) => {
      const { runRotateKey } = await import("./run-rotate-key.ts");
      finish(await runRotateKey(options, terminal));
    });
}

function addReaders(journal: Command, { terminal, finish }: Investigator): void {
  place(journal.command("grant"))
    .description("give somebody a key with which they read what a role may, and change nothing")
    .argument(
      "<role>",
      "viewer (metadata), analyst (redacted contents, too) or investigator (all that is kept)",
    )
    .requiredOption("--to <file>", "the reader's key, a file that is not there yet")
    .option("--json", "write one JSON object", false)
    .action(async (role: string, options: GrantOptions) => {
      const { runGrant } = await import("./run-grant.ts");
      finish(await runGrant(role, options, terminal));
    });
  place(journal.command("readers"))
    .description("who was given a key, and for which role")
    .option("--json", "write one JSON object", false)
    .action(async (options: ReadersOptions) => {
      const { runReaders } = await import("./run-readers.ts");
      finish(await runReaders(options, terminal));
    });
  place(journal.command("revoke-reader"))
    .description("take from a reader what is written from now on")
    .argument("<reader>", "its id, as `readers` lists it")
    .option("--json", "write one JSON object", false)
    .action(async (reader: string, options: ReadersOptions) => {
      const { runRevokeReader } = await import("./run-readers.ts");
      finish(await runRevokeReader(reader, options, terminal));
    });
}
