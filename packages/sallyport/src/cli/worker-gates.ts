import type { AdminEvent, Emit, GateEvent, SallyportEvent } from "../events.ts";
import { describePolicy, type PolicyView } from "../hosts/admin/policy-view.ts";
import type { AcmeState } from "../hosts/acme/acme-board.ts";
import { acmeFor } from "../hosts/acme/acme-for.ts";
import type { Acme } from "../hosts/acme/open-acme.ts";
import { shareCertificates } from "../hosts/acme/share-certificates.ts";
import { statementKeysOf } from "../hosts/derived-statement-keys.ts";
import { openGateJournal, type GateJournal } from "../hosts/gate-journal.ts";
import { GateWatch, watchPolicyOf } from "../hosts/gate-watch.ts";
import type { SharedGateway } from "../hosts/gateway.ts";
import { joinIncidents, type IncidentQuery, type KeptIncident } from "../hosts/incident-log.ts";
import { LeftOutSignals } from "../hosts/left-out-signals.ts";
import type { MetricsText } from "../hosts/metrics.ts";
import type { SessionFilter, SessionPage, SessionQuery } from "../hosts/open-sessions.ts";
import { OtherNodes } from "../hosts/other-nodes.ts";
import { reservePorts } from "../hosts/reserve-ports.ts";
import type { RenewStatementKeys } from "../hosts/statement-keys.ts";
import {
  missedOrders,
  sumDone,
  type OrderDone,
  type SlowOrder,
  type WatchOrder,
} from "../hosts/watch-order.ts";
import type { SignalBatch } from "../hosts/watch-relay.ts";
import { createWorkerMetrics, type WorkerMetrics } from "../hosts/worker-metrics.ts";
import { openOutputs, type Outputs } from "../hosts/outputs.ts";
import type { Reloaded } from "../hosts/reevaluate.ts";
import type { Config } from "../policy/effective-config.ts";
import type { OutputPolicy } from "../policy/output-policy.ts";
import { renderProblem } from "../policy/problem.ts";
import { sharedLimits } from "../policy/shared-limits.ts";
import { createMemoryState, type GateState } from "../state/memory-state.ts";
import type { OpenState, ShareState } from "../state/open-state.ts";
import { createWorkerDesk } from "../state/worker-desk.ts";
import { createPrimaryState } from "../state/worker-state.ts";
import { compileHere } from "./compile-here.ts";
import { newSharedGateway } from "./new-shared-gateway.ts";
import type { CloseReason, Opened, RunningGate } from "./running-gate.ts";
import { cannotRecord, startFailure } from "./start-failure.ts";
import { WorkerLooks } from "./worker-looks.ts";
import type { WorkerOrder } from "./worker-order.ts";
import type { WorkerProcess } from "./worker-process.ts";
import { elsewhereOf, workerSessions } from "./worker-sessions.ts";
import { WorkerSlot } from "./worker-slot.ts";

/** What a gate of several workers is made of. */
export interface WorkerGatesOptions {
  readonly version: string;
  /** Makes the state of all workers on top of what this process has in memory; they ask for it, or have copies. */
  readonly share: ShareState;
  /** The log of this process. */
  readonly log: Emit;
  /** Lines that it lost so far. Default: none. */
  readonly logLost?: () => number;
  readonly workers: number;
}

/** How often it is looked whether the keys of statements are to be renewed: they sign for a day, and are published before. */
const RENEW_KEYS_MS = 60_000;

/**
 * A gate of several processes that listen at the same ports, between which the system spreads connections. This process
 * carries none: it keeps the workers, and the state that they share. When it ends, they do.
 */
export class WorkerGates implements RunningGate {
  readonly state: GateState;
  readonly others: OtherNodes | null;
  readonly engine: RunningGate["engine"];
  readonly #sessions = workerSessions((question) => this.#askAll(question));
  readonly #shared: OpenState;
  readonly #renewStatementKeys: RenewStatementKeys;
  readonly #version: string;
  readonly #log: Emit;
  /** None before there is state: that tells of its first outage while it is made. */
  readonly #slots: readonly WorkerSlot[] = [];
  readonly watch: GateWatch;
  readonly #leftOut = new LeftOutSignals(
    (event) => this.#tell(event),
    () => performance.now(),
  );
  readonly #metrics: WorkerMetrics;
  readonly #looks = new WorkerLooks(() => this.#slots);
  readonly totals: RunningGate["totals"] = () => this.#looks.totals();
  readonly lookAtEvents: RunningGate["lookAtEvents"] = (taker) => this.#looks.tap.look(taker);
  #inForce: { readonly config: Config; readonly shared: SharedGateway } | null = null;
  #policy: PolicyView | null = null;
  #prepared: Prepared | null = null;
  #journal: GateJournal | null = null;
  #outputs: Outputs | null = null;
  #acme: Acme | null = null;
  #draining = false;
  /** Connections, when they were last counted. */
  #counted = 0;
  #renewing: NodeJS.Timeout | undefined;

  constructor({ version, share, log, logLost, workers }: WorkerGatesOptions) {
    const local = createPrimaryState(createMemoryState(), (name, ...parameters) =>
      this.#tellAll((worker) => worker.tell(name, ...parameters)),
    );
    this.#shared = share(local, {
      emit: (event) => this.#tell(event),
      onBans: () => void this.closeBanned(),
      onOutage: () => this.#tellAll((worker) => worker.tell("outage", this.state.revocations.outage())),
      version,
      connections: () => {
        void this.connections();
        return this.#counted;
      },
      limits: () => sharedLimits({ routes: this.#inForce?.config.routes ?? [] }),
    });
    const { state, engine, orders, secret } = this.#shared;
    this.engine = () => engine?.figures() ?? null;
    this.#renewStatementKeys = statementKeysOf(secret);
    this.others = orders === null ? null : new OtherNodes(orders, this.#sessions);
    this.state = state;
    this.#metrics = createWorkerMetrics({
      engine: this.engine,
      journal: () => this.#journal,
      logLost,
      watch: () => ({ ...this.watch.figures(), leftOut: this.#leftOut.total }),
    });
    this.#version = version;
    this.#log = log;
    this.watch = new GateWatch({
      hands: { bans: this.state.bans, order: (order) => this.order(order) },
      emit: (event) => this.#tell(event),
    });
    this.#slots = Array.from({ length: workers }, (_, index) => this.#slot(index + 1));
  }

  async open(config: Config): Promise<Opened> {
    const compiled = await compileHere(config, this.state);
    if (!compiled.ok) return compiled;
    const { journal } = compiled.policy;
    const recorded = journal === null ? null : await openGateJournal(journal, (event) => this.#tell(event));
    if (recorded?.ok === false) return cannotRecord(recorded.problem);
    this.#journal = recorded?.journal ?? null;
    this.#outputs = openOutputs(compiled.policy, {
      version: this.#version,
      emit: (event) => this.#tell(event),
      count: this.#metrics.countOutput,
    });
    try {
      const reserved = await reservePorts(compiled.policy.listeners);
      this.#inForce = { config, shared: newSharedGateway(reserved.ports, this.#renewStatementKeys) };
      this.#acme = await acmeFor({
        ...compiled.policy,
        emit: (event) => this.#tell(event),
        publish: async (state) => await this.#publish(state),
        sharing: shareCertificates(this.#shared),
      });
      this.#policy = describePolicy(compiled.policy);
      this.watch.follow(watchPolicyOf(compiled.policy));
      const opened = await Promise.all(this.#slots.map((slot) => slot.start()));
      reserved.release();
      const failed = opened.find(({ ok }) => !ok);
      if (failed !== undefined) await this.drain();
      else {
        this.#renewing = setInterval(() => this.#renewKeys(), RENEW_KEYS_MS).unref();
        this.#acme?.start();
      }
      return failed ?? opened[0] ?? noWorker;
    } catch (error) {
      await this.#acme?.close();
      await this.#journal?.close();
      await this.#outputs.close();
      return { ok: false, failure: startFailure(error) };
    }
  }

  async closeBanned(): Promise<number> {
    return sum(await this.#askAll((worker) => worker.ask("closeBanned")));
  }

  async connections(): Promise<number> {
    this.#counted = sum(await this.#askAll((worker) => worker.ask("connections")));
    return this.#counted;
  }

  async problems(): Promise<readonly string[]> {
    const found = this.#slots.map(async (slot) => {
      const problems = await slot.ask((worker) => worker.ask("problems"));
      return problems ?? [`worker ${slot.number} ${slot.isReady ? "does not answer" : "is starting"}`];
    });
    const engine = this.#shared.engine?.problem() ?? null;
    return unique([...(await Promise.all(found)), engine === null ? [] : [engine]]);
  }

  observed(): null {
    return null;
  }

  async findIncident(incident: string): Promise<unknown> {
    const found = this.watch.find(incident);
    return found ?? (await this.#firstAnswer((worker) => worker.ask("findIncident", incident)));
  }

  async listIncidents(query: IncidentQuery): Promise<readonly KeptIncident[]> {
    return joinIncidents(await this.#askAll((worker) => worker.ask("listIncidents", query)), query.limit);
  }

  async listSessions(query: SessionQuery): Promise<SessionPage> {
    return await this.#sessions.listSessions(query);
  }

  closeSessions(filter: SessionFilter, why: CloseReason): Promise<number> {
    return this.#sessions.closeSessions(filter, why);
  }

  policy(): PolicyView | null {
    return this.#policy;
  }

  tell(event: AdminEvent | GateEvent): void {
    this.#tell(event);
  }

  configured(ok: boolean): void {
    this.#metrics.configured(ok);
  }

  async metricsText(): Promise<MetricsText> {
    const asked = this.#slots.map(async (slot) => {
      const samples = await slot.ask((worker) => worker.ask("samples"));
      if (samples !== null) this.#metrics.take(slot.number, samples);
    });
    await Promise.all(asked);
    return this.#metrics.text();
  }

  /** In two steps, so that a configuration with which one worker cannot go on is in force nowhere. */
  async prepare(config: Config): Promise<readonly string[]> {
    if (this.#draining) return ["the gate is not running"];
    const compiled = await compileHere(config, this.state);
    if (!compiled.ok) return compiled.problems.map(renderProblem);
    const problems = unique(await Promise.all(this.#slots.map((slot) => slot.prepare(config))));
    if (problems.length > 0) for (const slot of this.#slots) slot.abandon();
    else
      this.#prepared = {
        config,
        policy: describePolicy(compiled.policy),
        alerts: compiled.policy.alerts,
      };
    return problems.map((problem) => config.mask(problem));
  }

  async commit(): Promise<Reloaded> {
    if (this.#prepared === null || this.#inForce === null) throw new Error("nothing was prepared");
    const { config, policy, alerts } = this.#prepared;
    this.#prepared = null;
    this.#policy = policy;
    this.#outputs?.setAlerts(alerts);
    this.#inForce = { ...this.#inForce, config };
    this.watch.follow(watchPolicyOf(config));
    const reloaded = await Promise.all(this.#slots.map((slot) => slot.commit()));
    const kept = sum(reloaded.map((one) => one?.kept ?? 0));
    return { version: policy.version, kept, closed: sum(reloaded.map((one) => one?.closed ?? 0)) };
  }

  async drain(): Promise<void> {
    this.#draining = true;
    clearInterval(this.#renewing);
    await this.#acme?.close();
    await Promise.all(this.#slots.map((slot) => slot.drain()));
    await this.#shared.close();
    this.watch.close();
    await this.#journal?.close();
    this.#metrics.close();
    await this.#outputs?.close();
  }

  kill(): void {
    for (const slot of this.#slots) slot.kill();
  }

  /** Logs and records what this process does itself: what workers tell they log, and send to be recorded. */
  #tell(event: SallyportEvent): void {
    if (event.type === "admin" || event.type === "gate" || event.type === "finding")
      this.#metrics.tell(event);
    this.#journal?.take(event);
    this.#outputs?.take(event);
    this.#looks.tap.take(event);
    this.#log(event);
  }

  #renewKeys(): void {
    const { config, shared } = this.#whatIsInForce();
    const statementKeys = this.#renewStatementKeys(shared.statementKeys, Date.now());
    if (statementKeys === shared.statementKeys) return;
    this.#inForce = { config, shared: { ...shared, statementKeys } };
    this.#tellAll((worker) => worker.tell("statementKeys", statementKeys));
  }

  /** Certificates and challenges are told to every worker, and to those that start later. */
  async #publish(acme: AcmeState): Promise<void> {
    const { config, shared } = this.#whatIsInForce();
    this.#inForce = { config, shared: { ...shared, acme } };
    for (const slot of this.#slots) if (!slot.isReady) slot.tell((worker) => worker.tell("acme", acme));
    await this.#askAll(async (worker) => await worker.ask("acme", acme));
  }

  #slot(number: number): WorkerSlot {
    let given: readonly SlowOrder[] = [];
    const slot: WorkerSlot = new WorkerSlot({
      number,
      config: () => this.#whatIsInForce().config,
      order: () => {
        const order = this.#workerOrder();
        given = order.slowings;
        return order;
      },
      signals: (batch) => this.#takeSignals(batch),
      desk: () => createWorkerDesk(this.state, () => performance.now()),
      relay: () => this.#journal?.relay() ?? null,
      events: (events) => this.#outputs?.takeAll(events),
      seen: (batch) => this.#looks.tap.takeBatch(batch),
      elsewhere: elsewhereOf(this.#sessions, this.others),
      onReady: (detail) => {
        void this.#catchUpOnOrders(slot, given);
        this.#looks.ready(slot);
        this.#tell({ type: "gate", level: "info", message: "worker ready", detail });
      },
      onLoss: (detail) => {
        this.#metrics.gone(number);
        this.#looks.gone(number);
        this.#tell({ type: "gate", level: "error", message: "worker lost", detail });
      },
    });
    return slot;
  }

  /** A worker is asked for nothing until it listens: what was ordered or lifted meanwhile, it learns then. */
  async #catchUpOnOrders(slot: WorkerSlot, given: readonly SlowOrder[]): Promise<void> {
    for (const order of missedOrders(given, this.watch.slowings()))
      await slot.ask((worker) => worker.ask("order", order));
  }

  #takeSignals({ signals, leftOut }: SignalBatch): void {
    for (const signal of signals) this.watch.take(signal);
    this.#leftOut.add(leftOut);
  }

  /** Does to open connections as ordered, in every worker. */
  async order(order: WatchOrder): Promise<OrderDone> {
    return sumDone(await this.#askAll((worker) => worker.ask("order", order)));
  }

  #workerOrder(): Omit<WorkerOrder, "worker" | "config"> {
    const { bans, revocations } = this.state;
    const now = Date.now();
    return {
      version: this.#version,
      shared: this.#whatIsInForce().shared,
      bans: bans.list(now),
      revocations: revocations.list(now),
      outage: revocations.outage(),
      slowings: this.watch.slowings(),
    };
  }

  #whatIsInForce(): { readonly config: Config; readonly shared: SharedGateway } {
    if (this.#inForce === null) throw new Error("no worker starts before there is a configuration");
    return this.#inForce;
  }

  #tellAll(tell: (worker: WorkerProcess) => void): void {
    for (const slot of this.#slots) slot.tell(tell);
  }

  /** The answer of the worker that knows one; `null`: none does. */
  async #firstAnswer<Value>(question: (worker: WorkerProcess) => Promise<Value>): Promise<Value | null> {
    const [answer] = await this.#askAll(question);
    return answer ?? null;
  }

  /** The answers of the workers that have one, and answer in time. */
  async #askAll<Value>(question: (worker: WorkerProcess) => Promise<Value>): Promise<Value[]> {
    const answers = await Promise.all(this.#slots.map((slot) => slot.ask(question)));
    return answers.filter((answer) => answer !== null);
  }
}

/** What could be put in force now. */
interface Prepared {
  readonly config: Config;
  readonly policy: PolicyView;
  readonly alerts: OutputPolicy["alerts"];
}

const noWorker: Opened = { ok: false, failure: { message: "there is no worker", exitCode: 2 } };

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function unique(problems: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(problems.flat())];
}
