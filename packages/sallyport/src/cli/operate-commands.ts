import type { Command } from "commander";
import type { BanOptions, OperateOptions } from "./operate.ts";
import type { RevokeOptions } from "./operate-revocations.ts";
import type { KillSessionsOptions, ListSessionsOptions } from "./operate-sessions.ts";
import type { ListFindingsOptions } from "./operate-watch.ts";
import type { Terminal } from "./terminal.ts";

/** Who runs the commands, and takes their exit codes. */
interface Operator {
  readonly terminal: Terminal;
  readonly finish: (code: number) => void;
}

const EXAMPLES = `
Where the gate is comes from --admin, or from --config (default: ./sallyport.yaml).
`;

/** Adds the commands on a running gate: `reload`, `sessions`, `ban`, `revoke` and `watch`. */
export function addOperate(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const operator = { terminal, finish };
  addReload(program, operator);
  addSessions(program, operator);
  addBan(program, operator);
  addRevoke(program, operator);
  addWatch(program, operator);
}

/** What every command on a running gate takes. */
function operate(command: Command): Command {
  return command
    .option("--admin <url>", "the admin address of the running gate: HOST:PORT, or its URL")
    .option("--token-file <file>", "a file with a token of the admin address")
    .option("--config <file>", "the gate's configuration, which says both (default: ./sallyport.yaml)")
    .option("--json", "write one JSON object", false)
    .addHelpText("after", EXAMPLES);
}

/** What a command means by sessions. */
function select(command: Command): Command {
  return operate(command)
    .option("--user <id>", "of this user")
    .option("--issuer <issuer>", "of users of this issuer")
    .option("--tenant <tenant>", "of this tenant")
    .option("--address <address>", "from this address or CIDR range")
    .option("--route <route>", "of this route, such as /chat");
}

function addReload(program: Command, { terminal, finish }: Operator): void {
  operate(program.command("reload").description("make a running gate read its configuration again")).action(
    async (options: OperateOptions) => {
      const { reload } = await import("./operate.ts");
      finish(await reload({ ...options, directory: terminal.directory }, terminal));
    },
  );
}

function addSessions(program: Command, { terminal, finish }: Operator): void {
  const { directory } = terminal;
  const sessions = program.command("sessions").description("the open connections of a running gate");
  select(sessions.command("list").description("list them, the oldest first, in pages"))
    .option("--node <name>", "of this node, where several share their state")
    .option("--limit <n>", "at most so many (default: 100)")
    .option("--cursor <cursor>", "from where the page before ended")
    .action(async (options: ListSessionsOptions) => {
      const { listSessions } = await import("./operate-sessions.ts");
      finish(await listSessions({ ...options, directory }, terminal));
    });
  operate(sessions.command("show").description("show one").argument("<session>")).action(
    async (session: string, options: OperateOptions) => {
      const { showSession } = await import("./operate-sessions.ts");
      finish(await showSession(session, { ...options, directory }, terminal));
    },
  );
  select(sessions.command("kill").description("end one, or all that match; their users may connect anew"))
    .argument("[session]")
    .option("--reason <text>", "why, for the log")
    .action(async (session: string | undefined, options: KillSessionsOptions) => {
      const { killSessions } = await import("./operate-sessions.ts");
      finish(await killSessions(session, { ...options, directory }, terminal));
    });
}

function addBan(program: Command, { terminal, finish }: Operator): void {
  const { directory } = terminal;
  const ban = program.command("ban").description("refuse addresses on a running gate");
  operate(ban.command("add").description("ban an address or CIDR range").argument("<address>"))
    .option("--for <duration>", "how long, such as 10m or 1d; without it: until it is removed")
    .option("--reason <text>", "why, for whoever reads the list")
    .action(async (address: string, options: BanOptions) => {
      const { addBan: add } = await import("./operate.ts");
      finish(await add(address, { ...options, directory }, terminal));
    });
  operate(ban.command("remove").description("lift a ban").argument("<address>")).action(
    async (address: string, options: OperateOptions) => {
      const { removeBan } = await import("./operate.ts");
      finish(await removeBan(address, { ...options, directory }, terminal));
    },
  );
  operate(ban.command("list").description("the bans in force")).action(async (options: OperateOptions) => {
    const { listBans } = await import("./operate.ts");
    finish(await listBans({ ...options, directory }, terminal));
  });
}

function addRevoke(program: Command, { terminal, finish }: Operator): void {
  const { directory } = terminal;
  const revoke = program.command("revoke").description("refuse users, tokens or sessions on a running gate");
  operate(revoke)
    .option("--user <id>", "the user's id within the issuer")
    .option("--issuer <issuer>", "only of this issuer")
    .option("--tenant <tenant>", "everybody of this tenant, or only there")
    .option("--token-id <jti>", "one token, by its `jti`")
    .option("--session <id>", "one session of the gate")
    .option("--provider-session <sid>", "one session at the provider, by its `sid`")
    .option("--issued-before <time>", "only what was issued before, such as 2026-01-31T12:00:00Z")
    .option("--reason <text>", "why, for whoever reads the list")
    .option("--keep-open", "let open connections go on", false)
    .option("--seconds <n>", "how long (default: 86400, a day)")
    .action(async (options: RevokeOptions) => {
      const { revoke: run } = await import("./operate-revocations.ts");
      finish(await run({ ...options, directory }, terminal));
    });
  operate(revoke.command("list").description("the revocations in force")).action(
    async (options: OperateOptions) => {
      const { listRevocations } = await import("./operate-revocations.ts");
      finish(await listRevocations({ ...options, directory }, terminal));
    },
  );
  operate(revoke.command("remove").description("take a revocation back").argument("<id>")).action(
    async (id: string, options: OperateOptions) => {
      const { removeRevocation } = await import("./operate-revocations.ts");
      finish(await removeRevocation(id, { ...options, directory }, terminal));
    },
  );
}

function addWatch(program: Command, { terminal, finish }: Operator): void {
  const { directory } = terminal;
  const watch = program.command("watch").description("what the watch of a running gate found");
  operate(watch.command("list").description("the findings and what was done about them, the newest first"))
    .option("--limit <n>", "at most so many (default: 100)")
    .option("--cursor <cursor>", "from where the page before ended")
    .action(async (options: ListFindingsOptions) => {
      const { listFindings } = await import("./operate-watch.ts");
      finish(await listFindings({ ...options, directory }, terminal));
    });
  operate(watch.command("status").description("its detectors and rules, and what they still learn")).action(
    async (options: OperateOptions) => {
      const { watchStatus } = await import("./operate-watch.ts");
      finish(await watchStatus({ ...options, directory }, terminal));
    },
  );
  operate(
    watch
      .command("undo")
      .description("take back what was done about a finding: its ban, slow-down or demand")
      .argument("<incident>"),
  ).action(async (incident: string, options: OperateOptions) => {
    const { undoFinding } = await import("./operate-watch.ts");
    finish(await undoFinding(incident, { ...options, directory }, terminal));
  });
}
