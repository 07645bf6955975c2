import type { AdminEvent, Emit, GateEvent } from "../events.ts";
import { describePolicy, type PolicyView } from "../hosts/admin/policy-view.ts";
import type { ObservedRefusals } from "../hosts/dashboard/policy-message.ts";
import { ObservedTally } from "../hosts/observed-tally.ts";
import { shareCertificates } from "../hosts/acme/share-certificates.ts";
import { dataDirectory } from "../hosts/data-directory.ts";
import { statementKeysOf } from "../hosts/derived-statement-keys.ts";
import { developmentKeys } from "../hosts/development-issuer.ts";
import type { Gate } from "../hosts/gate.ts";
import { EventTap, type TakeBatch } from "../hosts/dashboard/event-tap.ts";
import { GateCounts } from "../hosts/dashboard/gate-counts.ts";
import type { GateTotals } from "../hosts/dashboard/gate-totals.ts";
import { openGateway, type Gateway, type GatewayOptions } from "../hosts/gateway.ts";
import { openGateJournal, type GateJournal } from "../hosts/gate-journal.ts";
import { GateWatch, watchPolicyOf } from "../hosts/gate-watch.ts";
import { IncidentLog, type IncidentQuery, type KeptIncident } from "../hosts/incident-log.ts";
import { createFingerprint, newFingerprintKey } from "../hosts/credential-fingerprint.ts";
import { createMetrics, type Metrics, type MetricsText } from "../hosts/metrics.ts";
import {
  closeSessionsOf,
  listSessions,
  type SessionFilter,
  type SessionPage,
  type SessionQuery,
} from "../hosts/open-sessions.ts";
import { OtherNodes, sessionsOf } from "../hosts/other-nodes.ts";
import { openOutputs, type OpenOutputs, type Outputs } from "../hosts/outputs.ts";
import { RouteTraffic } from "../hosts/route-traffic.ts";
import type { Reloaded } from "../hosts/reevaluate.ts";
import { ownStatementKeys } from "../hosts/statement-keys.ts";
import type { OrderDone, WatchOrder } from "../hosts/watch-order.ts";
import { WatchPost, type TakeSignal } from "../hosts/watch-post.ts";
import type { Config } from "../policy/effective-config.ts";
import { compilePolicy, type Policy, type PolicyServices } from "../policy/policy.ts";
import { renderProblem } from "../policy/problem.ts";
import { restartReasons } from "../policy/restart-reasons.ts";
import { sharedLimits } from "../policy/shared-limits.ts";
import { createMemoryState, type GateState, type MemoryState } from "../state/memory-state.ts";
import { alone, type OpenState, type ShareState } from "../state/open-state.ts";
import type { CloseReason, Opened, RunningGate } from "./running-gate.ts";
import { cannotRecord, startFailure } from "./start-failure.ts";

/** Incidents that can be looked up; some 500 bytes each. */
const INCIDENTS = 10_000;

type Limits = ReturnType<typeof sharedLimits>;

/** Opens a gate's journal. */
export type OpenJournal = typeof openGateJournal;

/** What a gate in this process is made of. */
export interface LocalGateOptions {
  readonly version: string;
  /** Makes the state on top of the copies of this process. Default: they are the state. */
  readonly share?: ShareState;
  /** Those copies. Default: empty ones. */
  readonly local?: MemoryState;
  /** The log. */
  readonly log: Emit;
  /** Lines that it lost so far. Default: none. */
  readonly logLost?: () => number;
  /** Where this process is one of several. */
  readonly shared?: GatewayOptions["shared"];
  /** How its journal is opened, where the configuration asks for one. Default: it is written by this process. */
  readonly journal?: OpenJournal;
  /** Who watches what happens here. Default: this process itself. */
  readonly watcher?: TakeSignal;
  /** How its outputs are opened. Default: this process has them. */
  readonly outputs?: OpenOutputs;
}

/** A gate in this process. */
export class LocalGate implements RunningGate {
  readonly state: GateState;
  readonly watch: GateWatch;
  readonly others: OtherNodes | null;
  readonly engine: RunningGate["engine"];
  readonly #post: WatchPost;
  readonly #isWatcher: boolean;
  readonly #several: GatewayOptions["shared"];
  readonly #incidents = new IncidentLog(INCIDENTS);
  readonly #metrics: Metrics;
  readonly #counts: GateCounts;
  readonly #tap = new EventTap(() => Date.now());
  readonly #services: PolicyServices;
  readonly #openJournal: OpenJournal;
  readonly #openOutputs: (policy: Policy) => Outputs;
  readonly #shared: OpenState;
  #journal: GateJournal | null = null;
  #outputs: Outputs | null = null;
  #gateway: Gateway | null = null;
  #prepared: { readonly policy: Policy; readonly limits: Limits } | null = null;
  #limits: Limits = {};

  constructor(options: LocalGateOptions) {
    const { version, share = alone, local = createMemoryState(), log, logLost, shared, watcher } = options;
    const { journal = openGateJournal, outputs = openOutputs } = options;
    this.#shared = share(local, {
      emit: (event) => this.#services.emit(event),
      onBans: () => void this.closeBanned(),
      onOutage: () => {},
      version,
      connections: () => this.connections(),
      limits: () => this.#limits,
    });
    const { state, engine, orders } = this.#shared;
    this.engine = () => engine?.figures() ?? null;
    this.others =
      orders === null
        ? null
        : new OtherNodes(
            orders,
            sessionsOf(
              () => this.gate,
              (order) => this.order(order),
            ),
          );
    this.state = state;
    this.#post = new WatchPost(watcher ?? ((signal) => this.watch.take(signal)), false);
    this.#isWatcher = watcher === undefined;
    this.watch = new GateWatch({
      hands: { bans: state.bans, order: (order) => this.order(order) },
      emit: (event) => this.#services.emit(event),
    });
    this.#several = shared;
    this.#openJournal = journal;
    const traffic = new RouteTraffic();
    this.#counts = new GateCounts(traffic);
    this.#metrics = createMetrics({
      version,
      state,
      logLost,
      gate: () => this.gate,
      watch: () => this.watch.figures(),
      engine: this.engine,
      traffic,
      measured: this.#counts,
    });
    const emit: Emit = (event) => {
      this.#metrics.take(event);
      this.#counts.take(event);
      this.#tap.take(event);
      this.#incidents.take(event, Date.now());
      this.#journal?.take(event);
      this.#outputs?.take(event);
      log(event);
      this.#post.take(event);
    };
    this.#openOutputs = (policy) => outputs(policy, { version, emit, count: this.#metrics.countOutput });
    this.#services = {
      emit,
      count: this.#metrics.count,
      ...state,
      fetch: globalThis.fetch,
      fingerprint: createFingerprint(shared?.fingerprintKey ?? newFingerprintKey()),
      wallNow: () => Date.now(),
      developmentKeys: () => developmentKeys(dataDirectory("development-issuer")),
    };
  }

  async open(config: Config): Promise<Opened> {
    const compiled = await compilePolicy(config, this.#services);
    if (!compiled.ok) return compiled;
    const { policy } = compiled;
    const recorded = await this.#record(policy);
    if (recorded !== null) {
      policy.release();
      return recorded;
    }
    this.#watchBy(policy);
    this.#outputs = this.#openOutputs(policy);
    try {
      this.#gateway = await openGateway({
        policy,
        emit: this.#services.emit,
        developmentDirectory: dataDirectory("development-ca"),
        shared: this.#several,
        elsewhere: this.others?.elsewhere,
        statementKeys: ownStatementKeys(statementKeysOf(this.#shared.secret)),
        sharing: shareCertificates(this.#shared),
        journal: this.#journal,
        watch: this.#post,
        meter: this.#metrics.meter,
      });
    } catch (error) {
      policy.release();
      await this.#journal?.close();
      await this.#outputs.close();
      return { ok: false, failure: startFailure(error) };
    }
    this.#limits = sharedLimits(config);
    const { urls, developmentCaFile } = this.#gateway;
    return { ok: true, urls, developmentCaFile };
  }

  /** What its connections share, while it is open. */
  get gate(): Gate | null {
    return this.#gateway?.gate ?? null;
  }

  closeBanned(): number {
    return this.#gateway?.closeBanned(this.state.bans) ?? 0;
  }

  connections(): number {
    return this.#gateway?.gate.sessions.size ?? 0;
  }

  problems(): readonly string[] {
    const engine = this.#shared.engine?.problem() ?? null;
    return [...(this.#gateway?.problems() ?? ["starting"]), ...(engine === null ? [] : [engine])];
  }

  findIncident(incident: string): unknown {
    return this.#incidents.find(incident) ?? this.watch.find(incident);
  }

  listIncidents(query: IncidentQuery): readonly KeptIncident[] {
    return this.#incidents.list(query);
  }

  observed(since: number): ObservedRefusals {
    const tally = new ObservedTally();
    for (const { at, ...event } of this.#incidents.observed(since)) tally.take(event, at);
    return { since: new Date(since).toISOString(), from: "memory", kinds: tally.kinds, cut: false };
  }

  listSessions(query: SessionQuery): SessionPage {
    const { gate } = this;
    return gate === null ? { sessions: [], matching: 0 } : listSessions(gate, query);
  }

  async closeSessions(filter: SessionFilter, why: CloseReason): Promise<number> {
    const { gate } = this;
    return gate === null ? 0 : await closeSessionsOf(gate, filter, why);
  }

  /** Does to the connections of this process as the watch ordered. */
  order(order: WatchOrder): Promise<OrderDone> {
    return this.#post.carryOut(order);
  }

  policy(): PolicyView | null {
    const { gate } = this;
    return gate === null ? null : describePolicy(gate.policy);
  }

  tell(event: AdminEvent | GateEvent): void {
    this.#services.emit(event);
  }

  configured(ok: boolean): void {
    this.#metrics.configured(ok);
  }

  metricsText(): Promise<MetricsText> {
    return this.#metrics.text();
  }

  /** What is counted, as plain data. */
  samples(): Promise<readonly object[]> {
    return this.#metrics.samples();
  }

  totals(): GateTotals {
    return this.#counts.totals(this.gate);
  }

  lookAtEvents(taker: TakeBatch): () => void {
    return this.#tap.look(taker);
  }

  async prepare(config: Config): Promise<readonly string[]> {
    this.abandon();
    if (!this.#isOpen()) return ["the gate is not running"];
    const after = this.#gateway?.gate.policy ?? null;
    const compiled = await compilePolicy(config, this.#services, { after });
    if (!compiled.ok) return compiled.problems.map(renderProblem);
    this.#prepared = { policy: compiled.policy, limits: sharedLimits(config) };
    const problems = this.#isOpen() ? this.#restartReasons(compiled.policy) : ["the gate is not running"];
    if (problems.length > 0) this.abandon();
    return problems;
  }

  /** Lets go of what was prepared. */
  abandon(): void {
    this.#prepared?.policy.release();
    this.#prepared = null;
  }

  async commit(): Promise<Reloaded> {
    const prepared = this.#prepared;
    this.#prepared = null;
    if (prepared === null || this.#gateway === null) throw new Error("nothing was prepared");
    const { policy, limits } = prepared;
    this.#limits = limits;
    this.#watchBy(policy);
    this.#outputs?.setAlerts(policy.alerts);
    return await this.#gateway.setPolicy(policy);
  }

  async drain(): Promise<void> {
    this.abandon();
    await this.#gateway?.drain();
    await this.#shared.close();
    this.watch.close();
    await this.#journal?.close();
    this.#metrics.close();
    await this.#outputs?.close();
  }

  kill(): void {
    // What runs for this gate is this process.
  }

  /** Watches as a policy says: here, where no other process does. */
  #watchBy(policy: Policy): void {
    this.#post.active = policy.watch !== null;
    if (this.#isWatcher) this.watch.follow(watchPolicyOf(policy));
  }

  /** Opens the journal that the policy asks for, before anything happens that it should record. Why it cannot be. */
  async #record({ journal }: Policy): Promise<(Opened & { readonly ok: false }) | null> {
    if (journal === null) return null;
    const opened = await this.#openJournal(journal, this.#services.emit);
    if (!opened.ok) return cannotRecord(opened.problem);
    this.#journal = opened.journal;
    return null;
  }

  #restartReasons(next: Policy): readonly string[] {
    const gateway = this.#gateway;
    return gateway === null ? [] : restartReasons(gateway.gate.policy, next);
  }

  #isOpen(): boolean {
    return this.#gateway !== null && !this.#gateway.gate.draining;
  }
}
