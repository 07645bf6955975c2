import { openAdmin, type Admin } from "../hosts/admin.ts";
import type { Config } from "../policy/effective-config.ts";
import {
  configFromFlags,
  loadConfig,
  problemsOfWorkers,
  type LoadResult,
  type RunFlags,
} from "../policy/load-config.ts";
import { renderProblem } from "../policy/problem.ts";
import { workersOf } from "../policy/run-flags.ts";
import { createMemoryState } from "../state/memory-state.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { LocalGate } from "./local-gate.ts";
import { reportProblems } from "./report-problems.ts";
import type { Opened, RunningGate } from "./running-gate.ts";
import { startFailure } from "./start-failure.ts";
import { exitCodes, type Terminal } from "./terminal.ts";
import { WorkerGates } from "./worker-gates.ts";

/** `sallyport run`: opens the gate and keeps it until SIGTERM or SIGINT. Answers the exit code. Never exits the process. */
export async function run(flags: RunFlags, terminal: Terminal, version: string): Promise<number> {
  const loaded = await load(flags, terminal);
  if (!loaded.ok) {
    reportProblems(terminal, loaded.problems, loaded.warnings);
    return exitCodes.usage;
  }
  reportProblems(terminal, [], loaded.warnings);
  const { config } = loaded;
  const [state, log, workers] = [createMemoryState(), createEventLog(config.log), workersOf(flags) ?? 1];
  const options = { version, state, log: log.take };
  const gate = workers === 1 ? new LocalGate(options) : new WorkerGates({ ...options, workers });
  return new Run({ flags, terminal, gate, log }).run(config);
}

async function load(flags: RunFlags, terminal: Terminal): Promise<LoadResult> {
  return flags.config === undefined
    ? configFromFlags(flags, terminal.directory)
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
}

/** The process of `sallyport run`, from its first policy to its drain. */
class Run {
  readonly #flags: RunFlags;
  readonly #terminal: Terminal;
  readonly #gate: RunningGate;
  readonly #log: EventLog;
  #admin: Admin | null = null;
  #draining = false;

  constructor({ flags, terminal, gate, log }: RunParts) {
    this.#flags = flags;
    this.#terminal = terminal;
    this.#gate = gate;
    this.#log = log;
  }

  async run(config: Config): Promise<number> {
    const opened = await this.#gate.open(config);
    if (!opened.ok) return this.#cannotStart(opened);
    try {
      await this.#openAdmin(config);
    } catch (error) {
      await this.#gate.drain();
      return this.#cannotStart({ ok: false, failure: startFailure(error) });
    }
    // Whoever reads that we listen may signal in the same moment.
    const ended = this.#untilSignalled();
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
      ...admin,
      bans: gate.state.bans,
      metricsText: () => gate.metricsText(),
      findIncident: (incident) => gate.findIncident(incident),
      closeBanned: () => gate.closeBanned(),
      problems: () => gate.problems(),
      reload: () => this.#reload(),
    });
  }

  async #announce({ urls, developmentCaFile }: Opened & { readonly ok: true }): Promise<void> {
    const { out, err } = this.#terminal;
    for (const url of urls) out(`listening on ${url}\n`);
    if (this.#admin !== null) out(`admin on ${this.#admin.url}\n`);
    if (developmentCaFile !== null)
      err(`development certificate: to trust it, import ${developmentCaFile}\n`);
    for (const problem of await this.#gate.problems()) this.#tell("warn", "not ready", problem);
  }

  /** Puts a changed configuration in force for new connections; one with problems changes nothing. */
  async #reload(): Promise<readonly string[]> {
    const problems = await this.#tryReload();
    if (problems.length > 0)
      this.#tell("error", "reload failed, the configuration before stays in force", problems.join("; "));
    return problems;
  }

  async #tryReload(): Promise<readonly string[]> {
    const loaded = await load(this.#flags, this.#terminal);
    if (!loaded.ok) return loaded.problems.map(renderProblem);
    const problems = await this.#gate.prepare(loaded.config);
    if (problems.length > 0) return problems;
    const { version, kept, closed } = await this.#gate.commit();
    this.#log.setLevel(loaded.config.log.level);
    this.#tell("info", "reloaded", `policy ${version}: ${kept} connections go on, ${closed} were closed`);
    return [];
  }

  /** Resolves when the gate has drained after SIGTERM or SIGINT. A second SIGINT ends it at once. */
  #untilSignalled(): Promise<void> {
    return new Promise((resolve) => {
      const onReload = (): void => void this.#reload();
      const stop = (): void => {
        if (this.#draining) return;
        this.#draining = true;
        process.once("SIGINT", () => {
          this.#gate.kill();
          process.exit(130);
        });
        void this.#drain().then(() => {
          process.off("SIGHUP", onReload);
          resolve();
        });
      };
      process.on("SIGHUP", onReload);
      process.once("SIGTERM", stop);
      process.once("SIGINT", stop);
    });
  }

  async #drain(): Promise<void> {
    this.#tell("info", "draining", `${await this.#gate.connections()} open connections`);
    await this.#gate.drain();
    this.#admin?.close();
  }

  #tell(level: "info" | "warn" | "error", message: string, detail: string): void {
    this.#log.take({ type: "gate", level, message, detail });
  }
}
