import { homedir } from "node:os";
import { join } from "node:path";
import type { Emit } from "../events.ts";
import { openAdmin, type Admin } from "../hosts/admin.ts";
import { openGateway, type Gateway } from "../hosts/gateway.ts";
import { IncidentLog } from "../hosts/incident-log.ts";
import { createMetrics } from "../hosts/metrics.ts";
import type { Config } from "../policy/effective-config.ts";
import { configFromFlags, loadConfig, type LoadResult, type RunFlags } from "../policy/load-config.ts";
import { compilePolicy, type Policy, type PolicyServices } from "../policy/policy.ts";
import { renderProblem } from "../policy/problem.ts";
import { createMemoryState } from "../state/memory-state.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { reportProblems } from "./report-problems.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** Incidents that can be looked up; some 500 bytes each. */
const INCIDENTS = 10_000;

/** `sallyport run`: opens the gate and keeps it until SIGTERM or SIGINT. Answers the exit code. Never exits the process. */
export async function run(flags: RunFlags, terminal: Terminal, version: string): Promise<number> {
  const loaded = await load(flags, terminal);
  if (!loaded.ok) {
    reportProblems(terminal, loaded.problems, loaded.warnings);
    return exitCodes.usage;
  }
  reportProblems(terminal, [], loaded.warnings);
  const running = new RunningGate(flags, terminal, loaded.config, version);
  return running.run();
}

function load(flags: RunFlags, terminal: Terminal): Promise<LoadResult> {
  return flags.config === undefined ? configFromFlags(flags, terminal.directory) : loadConfig(flags.config);
}

/** The process of `sallyport run`, from its first policy to its drain. */
class RunningGate {
  readonly #flags: RunFlags;
  readonly #terminal: Terminal;
  readonly #config: Config;
  readonly #state = createMemoryState();
  readonly #kept = new Map<string, unknown>();
  readonly #incidents = new IncidentLog(INCIDENTS);
  readonly #metrics;
  readonly #log: EventLog;
  readonly #emit: Emit;
  #gateway: Gateway | null = null;
  #admin: Admin | null = null;

  constructor(flags: RunFlags, terminal: Terminal, config: Config, version: string) {
    this.#flags = flags;
    this.#terminal = terminal;
    this.#config = config;
    this.#metrics = createMetrics(version, () => this.#gateway?.gate ?? null);
    this.#log = createEventLog(config.log);
    this.#emit = (event) => {
      this.#metrics.take(event);
      this.#incidents.take(event, Date.now());
      this.#log.take(event);
    };
  }

  async run(): Promise<number> {
    const policy = await this.#compile(this.#config);
    if (policy === null) return exitCodes.usage;
    try {
      this.#gateway = await openGateway({
        policy,
        emit: this.#emit,
        developmentDirectory: developmentDirectory(),
      });
      await this.#openAdmin(policy);
    } catch (error) {
      policy.dispose();
      return this.#cannotStart(error);
    }
    // Whoever reads that we listen may signal in the same moment.
    const ended = this.#untilSignalled(this.#gateway);
    this.#announce(this.#gateway);
    await ended;
    this.#log.close();
    return exitCodes.done;
  }

  async #compile(config: Config): Promise<Policy | null> {
    const compiled = await compilePolicy(config, this.#services());
    if (compiled.ok) return compiled.policy;
    reportProblems(this.#terminal, compiled.problems);
    return null;
  }

  #services(): PolicyServices {
    return {
      emit: this.#emit,
      ...this.#state,
      kept: this.#kept,
      fetch: globalThis.fetch,
      wallNow: () => Date.now(),
    };
  }

  async #openAdmin({ admin }: Policy): Promise<void> {
    if (admin === null) return;
    this.#admin = await openAdmin({
      ...admin,
      metrics: this.#metrics,
      findIncident: (incident) => this.#incidents.find(incident),
      bans: this.#state.bans,
      closeBanned: () => this.#gateway?.closeBanned(this.#state.bans) ?? 0,
      problems: () => this.#gateway?.problems() ?? ["starting"],
      reload: () => this.#reload(),
    });
  }

  #announce(gateway: Gateway): void {
    const { urls, developmentCaFile } = gateway;
    const { out, err } = this.#terminal;
    for (const url of urls) out(`listening on ${url}\n`);
    if (this.#admin !== null) out(`admin on ${this.#admin.url}\n`);
    if (developmentCaFile !== null)
      err(`development certificate: to trust it, import ${developmentCaFile}\n`);
    for (const problem of gateway.problems())
      this.#emit({ type: "gate", level: "warn", message: "not ready", detail: problem });
  }

  /** What kept the gate from opening: an address that cannot be listened on (3), or a file that cannot be used (2). */
  async #cannotStart(error: unknown): Promise<number> {
    await this.#gateway?.drain();
    const { code, address, port, message } = error as NodeJS.ErrnoException & {
      address?: string;
      port?: number;
    };
    const where = `${address ?? ""}:${port ?? ""}`;
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `${where} is in use: choose another address, or end the process that listens there`,
      EACCES: `${where} may not be listened on by this user: choose a port above 1023, or grant CAP_NET_BIND_SERVICE`,
      EADDRNOTAVAIL: `${where} is not an address of this machine`,
      ENOTFOUND: `the listen address cannot be resolved: ${message}`,
    };
    this.#terminal.err(`error ${reasons[code ?? ""] ?? message}\n`);
    return code !== undefined && code in reasons ? exitCodes.unreachable : exitCodes.usage;
  }

  /** Puts a changed configuration in force for new connections; one with problems changes nothing. */
  async #reload(): Promise<readonly string[]> {
    const problems = await this.#tryReload();
    const detail = problems.join("; ");
    if (problems.length > 0)
      this.#emit({
        type: "gate",
        level: "error",
        message: "reload failed, the configuration before stays in force",
        detail,
      });
    return problems;
  }

  async #tryReload(): Promise<readonly string[]> {
    const gateway = this.#gateway;
    if (gateway === null || gateway.gate.draining) return ["the gate is not running"];
    const loaded = await load(this.#flags, this.#terminal);
    if (!loaded.ok) return loaded.problems.map(renderProblem);
    const compiled = await compilePolicy(loaded.config, this.#services());
    if (!compiled.ok) return compiled.problems.map(renderProblem);
    const { policy } = compiled;
    if (JSON.stringify(policy.listeners) !== JSON.stringify(gateway.gate.policy.listeners)) {
      policy.dispose();
      return ["`listen` has changed: that needs a restart"];
    }
    gateway.setPolicy(policy);
    this.#emit({
      type: "gate",
      level: "info",
      message: "reloaded for new connections",
      detail: `policy ${policy.version}`,
    });
    return [];
  }

  /** Resolves when the gate has drained after SIGTERM or SIGINT. A second SIGINT ends it at once. */
  #untilSignalled(gateway: Gateway): Promise<void> {
    return new Promise((resolve) => {
      const onReload = (): void => void this.#reload();
      const stop = (): void => {
        if (gateway.gate.draining) return;
        this.#emit({
          type: "gate",
          level: "info",
          message: "draining",
          detail: `${gateway.gate.sessions.size} open connections`,
        });
        process.once("SIGINT", () => process.exit(130));
        void gateway.drain().then(() => {
          this.#admin?.close();
          process.off("SIGHUP", onReload);
          resolve();
        });
      };
      process.on("SIGHUP", onReload);
      process.once("SIGTERM", stop);
      process.once("SIGINT", stop);
    });
  }
}

function developmentDirectory(): string {
  return join(
    process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"),
    "sallyport",
    "development-ca",
  );
}
