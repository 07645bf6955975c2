import type { LogConfig } from "../policy/config.ts";
import { nowhere } from "../policy/config-document.ts";
import type { Config } from "../policy/effective-config.ts";
import type { Gate, SessionsElsewhere } from "../hosts/gate.ts";
import { AcmeBoard } from "../hosts/acme/acme-board.ts";
import { findRefreshable, refreshSession } from "../hosts/refresh-endpoint.ts";
import { ToldStatementKeys } from "../hosts/statement-keys.ts";
import { relayedJournal } from "../hosts/relayed-journal.ts";
import { WatchRelay } from "../hosts/watch-relay.ts";
import { relayedOutputs } from "../hosts/relayed-outputs.ts";
import { connectCalls, type Channel } from "../state/calls.ts";
import { alone } from "../state/open-state.ts";
import { createWorkerState, type WorkerState } from "../state/worker-state.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import { LocalGate } from "./local-gate.ts";
import { exitCodes, type Terminal } from "./terminal.ts";
import type { ConfigData, PrimaryAnswers, WorkerAnswers, WorkerOrder } from "./worker-order.ts";

/**
 * A worker of `sallyport run --workers`: carries connections as the primary process tells it to, and ends, with a drain, when
 * that process has gone. Signals are the primary's to act on: those of a terminal reach its workers as well.
 */
export async function runWorker(terminal: Terminal): Promise<number> {
  if (process.send === undefined) {
    terminal.err("A worker is started by: sallyport run --workers N\n");
    return exitCodes.usage;
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  const worker = new Worker();
  await new Promise<void>((resolve) => void process.once("disconnect", resolve));
  await worker.end();
  return exitCodes.done;
}

class Worker {
  readonly #state: WorkerState;
  readonly #calls;
  readonly #statementKeys = new ToldStatementKeys();
  readonly #acme = new AcmeBoard();
  readonly #signals = new WatchRelay((batch) => this.#calls.ask("signals", batch));
  #log: EventLog | null = null;
  /** What the log's configuration is after the next commit. */
  #nextLog: LogConfig | null = null;
  #gate: LocalGate | null = null;
  #stopLooking: () => void = () => {};
  /** Orders are carried out one after the other. */
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor() {
    this.#calls = connectCalls<PrimaryAnswers>(parentChannel(), this.#answers());
    this.#state = createWorkerState({ ...this.#calls, now: () => performance.now() });
  }

  /** The primary process has gone, or has nothing more for us to do. */
  async end(): Promise<void> {
    this.#calls.end();
    await this.#inTurn(() => this.#gate?.drain());
    this.#log?.close();
  }

  #answers(): WorkerAnswers {
    const gate = (): LocalGate => {
      if (this.#gate === null) throw new Error("this worker has no order yet");
      return this.#gate;
    };
    const inGate = <Value>(run: (open: Gate) => Value): Value | null => {
      const open = gate().gate;
      return open === null ? null : run(open);
    };
    return {
      open: (order) => {
        // At once, and not in its turn: whatever the primary tells behind it is newer.
        this.#takeState(order);
        return this.#inTurn(() => this.#open(order));
      },
      prepare: (config) => this.#inTurn(() => this.#prepare(gate(), config)),
      commit: () => this.#inTurn(() => this.#commit(gate())),
      abandon: () => this.#inTurn(() => gate().abandon()),
      ban: (ban) => this.#state.changes.ban(ban),
      unban: (cidr) => this.#state.changes.unban(cidr),
      revoke: (revocation) => this.#state.changes.revoke(revocation),
      unrevoke: (id) => this.#state.changes.unrevoke(id),
      outage: (outage) => this.#state.changes.outage(outage),
      closeBanned: () => gate().closeBanned(),
      connections: () => gate().connections(),
      listSessions: (query) => gate().listSessions(query),
      closeSessions: (filter, why) => gate().closeSessions(filter, why),
      order: (order) => gate().order(order),
      problems: () => gate().problems(),
      findIncident: (incident) => gate().findIncident(incident),
      listIncidents: (query) => gate().listIncidents(query),
      samples: () => gate().samples(),
      totals: () => gate().totals(),
      lookAtEvents: (isLooked) => this.#lookAtEvents(gate(), isLooked),
      findRefreshable: (key) => inGate((open) => findRefreshable(open, key)),
      refreshSession: (key, identity) => inGate((open) => refreshSession(open, key, identity)),
      statementKeys: (keys) => this.#statementKeys.put(keys),
      acme: (state) => this.#acme.put(state),
      drain: () => this.#inTurn(() => this.#drain(gate())),
    };
  }

  #lookAtEvents(gate: LocalGate, isLooked: boolean): void {
    this.#stopLooking();
    this.#stopLooking = isLooked ? gate.lookAtEvents((batch) => this.#calls.tell("seen", batch)) : () => {};
  }

  #prepare(gate: LocalGate, config: ConfigData): ReturnType<LocalGate["prepare"]> {
    this.#nextLog = config.log;
    return gate.prepare(withoutPlaces(config));
  }

  #commit(gate: LocalGate): ReturnType<LocalGate["commit"]> {
    if (this.#nextLog !== null) this.#log?.setLevel(this.#nextLog.level);
    this.#nextLog = null;
    return gate.commit();
  }

  async #drain(gate: LocalGate): Promise<void> {
    await gate.drain();
    await this.#signals.close();
  }

  #inTurn<Value>(run: () => Value | Promise<Value>): Promise<Value> {
    const turn = this.#lastTurn.then(run);
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }

  #takeState({ shared, bans, revocations, outage }: WorkerOrder): void {
    const { changes } = this.#state;
    for (const ban of bans) changes.ban(ban);
    for (const revocation of revocations) changes.revoke(revocation);
    changes.outage(outage);
    this.#statementKeys.put(shared.statementKeys);
    this.#acme.put(shared.acme);
  }

  async #open({ worker, version, config, shared, slowings }: WorkerOrder): ReturnType<LocalGate["open"]> {
    const { state } = this.#state;
    const elsewhere: SessionsElsewhere = {
      find: (key) => this.#calls.ask("findElsewhere", key),
      refresh: (key, identity) => this.#calls.ask("refreshElsewhere", key, identity),
    };
    this.#log = createEventLog({ ...config.log, worker });
    const several = { ...shared, elsewhere, statementKeys: this.#statementKeys, acme: this.#acme };
    this.#gate = new LocalGate({
      version,
      shared: several,
      share: (_local, hooks) => alone(state, hooks),
      log: this.#log.take,
      watcher: (signal) => this.#signals.take(signal),
      logLost: this.#log.lost,
      journal: (journal, emit) => {
        const send = (entries: Uint8Array): Promise<void> => this.#calls.ask("record", entries);
        return Promise.resolve({ ok: true, journal: relayedJournal(journal, emit, send) });
      },
      outputs: relayedOutputs((events) => this.#calls.ask("events", events)),
    });
    const opened = await this.#gate.open(withoutPlaces(config));
    for (const order of slowings) await this.#gate.order(order);
    return opened;
  }
}

/** The primary process has compiled it before, and so knows where in the file a mistake stands; it has the shared state, too. */
function withoutPlaces(config: ConfigData): Config {
  return { ...config, state: null, locate: () => nowhere, mask: (text) => text };
}

function parentChannel(): Channel {
  return {
    // What cannot be sent any more is for nobody: the channel's end is told by "disconnect".
    send: (message) => void process.send?.(message, undefined, undefined, () => {}),
    receive: (listener) => void process.on("message", listener),
  };
}
