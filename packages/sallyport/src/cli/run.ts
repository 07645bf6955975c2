import { openAdmin, type Admin } from "../hosts/admin.ts";
import { demandOf } from "../hosts/watch-order.ts";
import type { ReloadOutcome } from "../hosts/admin/admin-gate.ts";
import type { Config } from "../policy/effective-config.ts";
import {
  configFromFlags,
  loadConfig,
  problemsOfWorkers,
  type LoadResult,
  type RunFlags,
} from "../policy/load-config.ts";
import { makeOwnJournalKey, ownJournalKeyFile } from "../hosts/own-journal-key.ts";
import { renderProblem } from "../policy/problem.ts";
import { wantsJournal, workersOf } from "../policy/run-flags.ts";
import { prepareState } from "../state/open-state.ts";
import { problemOf } from "../problem-of.ts";
import { guardValues } from "../hosts/admin/policy-values.ts";
import { type PolicyView, withValues } from "../hosts/admin/policy-view.ts";
import { GateDesk } from "./desk/gate-desk.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { LocalGate } from "./local-gate.ts";
import { reportProblems } from "./report-problems.ts";
import type { Opened, RunningGate } from "./running-gate.ts";
import { startFailure } from "./start-failure.ts";
import { exitCodes, type Terminal } from "./terminal.ts";
import { WorkerGates } from "./worker-gates.ts";

/** `sallyport run`: opens the gate and keeps it until SIGTERM or SIGINT. Answers the exit code. Never exits the process. */
export async function run(flags: RunFlags, terminal: Terminal, version: string): Promise<number> {
  const keyProblem = await ensureJournalKey(flags, terminal);
  if (keyProblem !== null) {
    terminal.err(`error ${keyProblem}\n`);
    return exitCodes.usage;
  }
  const loaded = await load(flags, terminal);
  if (!loaded.ok) {
    reportProblems(terminal, loaded.problems, loaded.warnings);
    return exitCodes.usage;
  }
  reportProblems(terminal, [], loaded.warnings);
  const { config } = loaded;
  const share = await prepareState(config.state).catch((error: unknown) => config.mask(problemOf(error)));
  if (typeof share === "string") {
    terminal.err(`error state: ${share}\n`);
    return exitCodes.usage;
  }
  const [log, workers] = [createEventLog(config.log), workersOf(flags) ?? 1];
  const options = { version, share, log: log.take, logLost: log.lost };
  const gate = workers === 1 ? new LocalGate(options) : new WorkerGates({ ...options, workers });
  return new Run({ flags, terminal, gate, log, version, config }).run();
}

/** A journal asked for by a flag has a key of this user's, which is made once; why it cannot be. */
async function ensureJournalKey(flags: RunFlags, terminal: Terminal): Promise<string | null> {
  if (!wantsJournal(flags)) return null;
  const file = ownJournalKeyFile();
  try {
    const made = await makeOwnJournalKey();
    if (made)
      terminal.err(`journal key: made ${file}; keep a copy elsewhere, without it nothing can be read\n`);
    return null;
  } catch (error) {
    return `the key of the journal, ${file}: ${problemOf(error)}`;
  }
}

async function load(flags: RunFlags, terminal: Terminal): Promise<LoadResult> {
  return flags.config === undefined
    ? configFromFlags(flags, terminal.directory, { journalKeyFile: ownJournalKeyFile() })
    : loadConfigOfRun(flags.config, flags);
}

/** `--workers` is a flag beside `--config`, too. */
async function loadConfigOfRun(file: string, flags: RunFlags): Promise<LoadResult> {
  const loaded = await loadConfig(file);
  const problems = [...problemsOfWorkers(flags), ...(loaded.ok ? [] : loaded.problems)];
  return problems.length === 0 ? loaded : { ok: false, problems, warnings: loaded.warnings };
}

interface RunParts {
  readonly flags: RunFlags;
  readonly terminal: Terminal;
  readonly gate: RunningGate;
  readonly log: EventLog;
  readonly version: string;
  readonly config: Config;
}

/** The process of `sallyport run`, from its first policy to its drain. */
class Run {
  readonly #flags: RunFlags;
  readonly #terminal: Terminal;
  readonly #gate: RunningGate;
  readonly #log: EventLog;
  readonly #version: string;
  readonly #desk: GateDesk;
  /** The one in force. */
  #config: Config;
  #admin: Admin | null = null;
  #startedState = "";
  /** The values of a configuration, as they were asked for last. */
  #values: { readonly of: Config; readonly routes: ReturnType<typeof guardValues> } | null = null;
  /** Why the configuration that was read last is not in force. */
  #reloadProblem: string | null = null;
  #lastReload: Promise<unknown> = Promise.resolve();
  readonly #stopped = Promise.withResolvers<void>();

  constructor({ flags, terminal, gate, log, version, config }: RunParts) {
    this.#flags = flags;
    this.#terminal = terminal;
    this.#gate = gate;
    this.#log = log;
    this.#version = version;
    this.#config = config;
    this.#desk = new GateDesk({
      config: () => this.#config,
      directory: terminal.directory,
      observed: (since) => gate.observed(since),
    });
  }

  async run(): Promise<number> {
    const config = this.#config;
    this.#startedState = JSON.stringify(config.state);
    const opened = await this.#gate.open(config);
    if (!opened.ok) return this.#cannotStart(opened);
    this.#gate.configured(true);
    try {
      await this.#openAdmin(config);
    } catch (error) {
      await this.#gate.drain();
      return this.#cannotStart({ ok: false, failure: startFailure(error) });
    }
    // Whoever reads that we listen may signal in the same moment.
    const ended = this.#untilStopped();
    await this.#announce(opened);
    await ended;
    this.#log.close();
    return exitCodes.done;
  }

  #cannotStart(opened: Opened & { readonly ok: false }): number {
    if ("failure" in opened) {
      this.#terminal.err(`error ${opened.failure.message}\n`);
      return opened.failure.exitCode;
    }
    reportProblems(this.#terminal, opened.problems);
    return exitCodes.usage;
  }

  async #openAdmin({ admin }: Config): Promise<void> {
    if (admin === null) return;
    const gate = this.#gate;
    this.#admin = await openAdmin({
      config: admin,
      version: this.#version,
      emit: (event) =>
        event.type === "admin" || event.type === "gate" ? gate.tell(event) : this.#log.take(event),
      gate: {
        ...gate.state,
        watch: gate.watch,
        engine: () => gate.engine(),
        live: {
          totals: () => gate.totals(),
          lookAtEvents: (taker) => gate.lookAtEvents(taker),
          reloadProblem: () => this.#reloadProblem,
        },
        metricsText: () => gate.metricsText(),
        findIncident: (incident) => gate.findIncident(incident),
        listIncidents: (query) => gate.listIncidents(query),
        demandRefresh: (filter) => gate.others?.demandRefresh(filter) ?? gate.order(demandOf(filter)),
        closeBanned: () => gate.closeBanned(),
        problems: () => gate.problems(),
        connections: () => gate.connections(),
        listSessions: (query) => (gate.others ?? gate).listSessions(query),
        closeSessions: async (filter, why) =>
          gate.others?.closeSessions(filter, why) ?? {
            count: await gate.closeSessions(filter, why),
            unanswered: [],
          },
        desk: this.#desk,
        policy: () => this.#policy(),
        reload: () => this.#reload(),
        drain: () => this.#stop(),
      },
    });
  }

  #policy(): PolicyView | null {
    const view = this.#gate.policy();
    if (view === null) return null;
    // The dashboard asks each second, and a configuration of many routes has many values.
    if (this.#values?.of !== this.#config)
      this.#values = { of: this.#config, routes: guardValues(this.#config) };
    return withValues(view, this.#values.routes);
  }

  async #announce({ urls, developmentCaFile }: Opened & { readonly ok: true }): Promise<void> {
    const { out, err } = this.#terminal;
    for (const url of urls) out(`listening on ${url}\n`);
    if (this.#admin !== null) out(`admin on ${this.#admin.url}\n`);
    if (developmentCaFile !== null)
      err(`development certificate: to trust it, import ${developmentCaFile}\n`);
    for (const problem of await this.#gate.problems()) this.#tell("warn", "not ready", problem);
  }

  /** Puts a changed configuration in force; one with problems changes nothing. */
  async #reload(): Promise<ReloadOutcome> {
    // One after the other: what one prepares another must not put in force.
    const turn = this.#lastReload.then(() => this.#tryReload());
    this.#lastReload = turn.catch(() => {});
    const outcome = await turn;
    this.#gate.configured(outcome.ok);
    this.#reloadProblem = outcome.ok ? null : outcome.problems.join("; ");
    if (outcome.ok) {
      const { version, kept, closed } = outcome;
      this.#tell("info", "reloaded", `policy ${version}: ${kept} connections go on, ${closed} were closed`);
    } else {
      const problems = outcome.problems.join("; ");
      this.#tell("error", "reload failed, the configuration before stays in force", problems);
    }
    return outcome;
  }

  async #tryReload(): Promise<ReloadOutcome> {
    const loaded = await load(this.#flags, this.#terminal);
    if (!loaded.ok) return { ok: false, problems: loaded.problems.map(renderProblem) };
    if (JSON.stringify(loaded.config.state) !== this.#startedState)
      return { ok: false, problems: ["`state` has changed: that needs a restart"] };
    const admin = await this.#prepareAdmin(loaded.config);
    if ("problem" in admin) return { ok: false, problems: [admin.problem] };
    const problems = await this.#gate.prepare(loaded.config);
    if (problems.length > 0) return { ok: false, problems };
    const reloaded = await this.#gate.commit();
    admin.commit();
    this.#config = loaded.config;
    this.#log.setLevel(loaded.config.log.level);
    return { ok: true, ...reloaded };
  }

  /** Reads the tokens of the admin API again. */
  async #prepareAdmin({
    admin,
  }: Config): Promise<{ readonly commit: () => void } | { readonly problem: string }> {
    if (admin === null || this.#admin === null) return { commit: () => {} };
    try {
      return { commit: await this.#admin.prepare(admin) };
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }

  /** Resolves when the gate has drained after SIGTERM, SIGINT or a call to the admin API. A second SIGINT ends it at once. */
  async #untilStopped(): Promise<void> {
    const onReload = (): void => void this.#reload();
    const stop = (): void => this.#stop();
    process.on("SIGHUP", onReload);
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    await this.#stopped.promise;
    process.once("SIGINT", () => {
      this.#gate.kill();
      process.exit(130);
    });
    await this.#drain();
    process.off("SIGHUP", onReload);
  }

  /** Begins the drain, once. */
  #stop(): void {
    this.#stopped.resolve();
  }

  async #drain(): Promise<void> {
    this.#tell("info", "draining", `${await this.#gate.connections()} open connections`);
    await this.#gate.drain();
    this.#admin?.close();
    this.#desk.close();
  }

  #tell(level: "info" | "warn" | "error", message: string, detail: string): void {
    this.#gate.tell({ type: "gate", level, message, detail });
  }
}
