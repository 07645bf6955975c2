import { randomBytes } from "node:crypto";
import type { Emit } from "../events.ts";
import type { Revocation } from "../guards/shared-state.ts";
import type { MasterKey } from "../journal/master-key.ts";
import type { AttachInput } from "../policy/attach-config.ts";
import type { Config } from "../policy/effective-config.ts";
import type { LoadResult } from "../policy/load-config.ts";
import { compilePolicy, type Policy, type PolicyServices } from "../policy/policy.ts";
import { renderProblem } from "../policy/problem.ts";
import { isAnotherJournal, isOtherTelemetry } from "../policy/restart-reasons.ts";
import { sharedLimits } from "../policy/shared-limits.ts";
import type { MemoryBans } from "../state/memory-bans.ts";
import { createMemoryState, type GateState, type MemoryState } from "../state/memory-state.ts";
import { alone, prepareState, type OpenState, type StateHooks } from "../state/open-state.ts";
import { newRevocation, type RevocationInput } from "../state/new-revocation.ts";
import { closeBanned, closingBans } from "./ban-open.ts";
import { createFingerprint, newFingerprintKey } from "./credential-fingerprint.ts";
import { dataDirectory } from "./data-directory.ts";
import { statementKeysOf } from "./derived-statement-keys.ts";
import { developmentKeys } from "./development-issuer.ts";
import { closeSessions, DEFAULT_DRAIN, type DrainOptions } from "./drain.ts";
import { safeListener } from "./event-listener.ts";
import { MAX_FINDINGS, type KeptFinding } from "./findings.ts";
import { journalOf, type GateJournal } from "./gate-journal.ts";
import { GateWatch } from "./gate-watch.ts";
import { createGate, type Gate } from "./gate.ts";
import { OtherNodes, sessionsOf } from "./other-nodes.ts";
import { openOutputs, type Outputs } from "./outputs.ts";
import { ownVersion } from "./own-version.ts";
import { putPolicyInForce, type Reloaded } from "./reevaluate.ts";
import { ownStatementKeys } from "./statement-keys.ts";
import { WatchPost } from "./watch-post.ts";
import { readinessProblems } from "./well-known.ts";

/** What a gate inside an application can be lent. */
export interface InsideOptions {
  /** Takes every event: for the application's own log and metrics. What it throws is a process warning. Default: nobody. */
  readonly onEvent?: Emit;
  /** Bans in force, to share them between servers; default: none. Add to `attached.bans` to end open connections too. */
  readonly bans?: MemoryBans;
  /** What relative paths are relative to. Default: the working directory. */
  readonly directory?: string;
  /**
   * The journal's master key, where something keeps it that does not give it away: then `journal` names none itself. It is asked once, when the
   * journal is opened. Default: what `journal` names.
   */
  readonly journalKey?: MasterKey;
}

/** A gate inside an application. `Input`: what its policy is written as. */
export interface InsideGate<Input extends AttachInput = AttachInput> {
  /** Resolves when the policy is in force; rejects with everything that is wrong with it. Until then handshakes wait. */
  readonly ready: Promise<void>;
  /** Bans in force. What is added here refuses an address or range, and ends its open connections (4529). */
  readonly bans: MemoryBans;
  /** Ends the open connections of addresses that were banned elsewhere: in the `bans` that servers share. Answers how many. */
  closeBanned(): number;
  /**
   * Revokes a token, session, user or tenant: new connections are refused (401), open ones end within a second (4540). Throws
   * what is wrong with the input.
   */
  revoke(input: RevocationInput): Revocation;
  /**
   * Puts another policy in force: for new connections, and for the open ones, of which it closes those that it does not admit.
   * Rejects with everything that is wrong with it; then nothing changes.
   */
  reload(policy: Input): Promise<Reloaded>;
  /** Why it is not ready; empty when it is. */
  problems(): readonly string[];
  /** What the watch found last, the newest first, and what was done about it: at most 1,000. */
  findings(): readonly KeptFinding[];
  /** Takes back what was done about a finding: its ban, slow-down or demand. What was lifted; `null`: no such finding is known. */
  undo(incident: string): Promise<readonly string[] | null>;
  /** How many connections are open. */
  readonly connections: number;
  /** Closes the open connections with 1012 in batches, and refuses new ones. Close the server itself as before. */
  drain(options?: DrainOptions): Promise<void>;
}

/** What differs between the hosts that run inside an application. */
export interface InsideHost<Input extends AttachInput> {
  /** Finds everything that is wrong with a policy, or makes the effective configuration of it. Never rejects. */
  load(policy: Input, directory: string): Promise<LoadResult>;
  /** What of a policy a reload must leave as it is, for comparing; and what that is called. */
  fixed(policy: Input): readonly (readonly [name: string, value: unknown])[];
  /** Proxies whose forwarding header is believed. */
  proxies(policy: Input): readonly string[];
}

/** A gate that opens, and how it is ruled. */
export interface OpeningGate<Input extends AttachInput> {
  readonly opening: Promise<Gate>;
  /** The state of its node, once it is open. */
  readonly shared: () => OpenState;
  readonly inside: InsideGate<Input>;
}

/** A policy names a key of the journal: this one is never used where `journalKey` takes its place. */
const STAND_IN: string = randomBytes(32).toString("base64");

/** Opens the gate of an application in this process: its policy, journal, watch and outputs. */
export function openInside<Input extends AttachInput>(
  policy: Input,
  host: InsideHost<Input>,
  lent: InsideOptions,
): OpeningGate<Input> {
  const own = createMemoryState();
  const local: MemoryState = { ...own, bans: lent.bans ?? own.bans };
  // Shared once it is known with whom: what is added before is in the copy, and told then.
  let shared: OpenState = alone(local, { ...noHooks, emit: () => {} });
  const bans = lateBans(() => shared.state.bans);
  const listener = safeListener(lent.onEvent ?? (() => {}));
  let limits: ReturnType<typeof sharedLimits> = {};
  let journal: GateJournal | null = null;
  let outputs: Outputs | null = null;
  const emit: Emit = (event) => {
    journal?.take(event);
    outputs?.take(event);
    listener(event);
    post.take(event);
  };
  const watch = new GateWatch({ hands: { bans, order: (order) => post.carryOut(order) }, emit });
  const post = new WatchPost((signal) => watch.take(signal), false);
  const watchBy = (next: Policy): void => {
    post.active = next.watch !== null;
    watch.follow({ options: next.watch, proxies: host.proxies(policy) });
  };
  const directory = lent.directory ?? process.cwd();
  const fingerprintKey = newFingerprintKey();
  const servicesOf = (state: GateState): PolicyServices => ({
    emit,
    ...state,
    fetch: globalThis.fetch,
    fingerprint: createFingerprint(fingerprintKey),
    wallNow: () => Date.now(),
    developmentKeys: () => developmentKeys(dataDirectory("development-issuer")),
  });
  const { journalKey = null } = lent;
  const loading = async (input: Input): Promise<Config> =>
    whole(await host.load(journalKey === null ? input : withStandIn(input), directory));
  const compiling = async (config: Config, after: Policy | null): Promise<Policy> =>
    await compile(config, { services: servicesOf(shared.state), after });
  const opening = loading(policy).then(async (config) => {
    const share = await prepareState(config.state);
    shared = share(local, {
      ...noHooks,
      emit,
      onBans: () => void endBanned(),
      connections: () => gate?.sessions.size ?? 0,
      limits: () => limits,
    });
    const others =
      shared.orders === null
        ? null
        : new OtherNodes(
            shared.orders,
            sessionsOf(
              () => gate,
              (order) => post.carryOut(order),
            ),
          );
    limits = sharedLimits(config);
    const compiled = await compiling(config, null).catch(async (error: unknown) => {
      await shared.close();
      throw error;
    });
    journal = await journalOf(compiled, emit, journalKey).catch(async (error: unknown) => {
      compiled.release();
      await shared.close();
      throw error;
    });
    watchBy(compiled);
    outputs = openOutputs(compiled, { version: ownVersion(), emit });
    const statementKeys = ownStatementKeys(statementKeysOf(shared.secret));
    const several = { statementKeys, ...(others !== null && { elsewhere: others.elsewhere }) };
    return await createGate(compiled, emit, { several, journal, watch: post });
  });
  let gate: Gate | null = null;
  const ready = opening.then((opened) => {
    gate = opened;
  });
  let lastReload: Promise<unknown> = opening.catch(() => {});
  const endBanned = (): number => (gate === null ? 0 : closeBanned(gate, bans));
  const inside: InsideGate<Input> = {
    ready,
    bans: closingBans(bans, endBanned),
    async reload(next) {
      const opened = await opening;
      const fixed = changedName(host.fixed(policy), host.fixed(next));
      if (fixed !== null) throw new TypeError(`sallyport: ${fixed} cannot be changed by a reload`);
      // One after the other: one that takes long to read must not replace what was asked for after it.
      const reloading = lastReload.then(async () => {
        const config = await loading(next);
        const compiled = await compiling(config, opened.policy);
        if (isAnotherJournal(opened.policy.journal, compiled.journal)) {
          compiled.release();
          throw new TypeError("sallyport: `journal` cannot be changed by a reload, but for `payloads`");
        }
        if (isOtherTelemetry(opened.policy.telemetry, compiled.telemetry)) {
          compiled.release();
          throw new TypeError("sallyport: `telemetry` cannot be changed by a reload");
        }
        limits = sharedLimits(config);
        watchBy(compiled);
        outputs?.setAlerts(compiled.alerts);
        return await putPolicyInForce(opened, compiled);
      });
      lastReload = reloading.catch(() => {});
      return await reloading;
    },
    revoke(input) {
      const made = newRevocation(input, Date.now());
      if (!made.ok) throw new TypeError(`sallyport: ${made.problem}`);
      // It holds here; others are told as soon as they can be.
      const added = shared.state.revocations.add(made.revocation);
      if (added === false) throw new Error("sallyport: no room for another revocation");
      return made.revocation;
    },
    closeBanned: endBanned,
    problems() {
      const engine = shared.engine?.problem() ?? null;
      const found = gate === null ? ["the policy is not in force yet"] : readinessProblems(gate);
      return engine === null ? found : [...found, engine];
    },
    findings: () => watch.list({ limit: MAX_FINDINGS, before: null }).findings,
    async undo(incident) {
      const undone = await watch.undo(incident);
      if (undone === null) return null;
      const detail = `${incident}: lifted ${undone.lifted.join(", ") || "nothing"}`;
      emit({ type: "gate", level: "info", message: "what was done about a finding is taken back", detail });
      return undone.lifted;
    },
    get connections() {
      return gate?.sessions.size ?? 0;
    },
    async drain(drainOptions = DEFAULT_DRAIN) {
      const opened = await opening;
      opened.draining = true;
      await closeSessions(opened, drainOptions);
      opened.policy.release();
      await shared.close();
      watch.close();
      post.end();
      await opened.journal?.close();
      await outputs?.close();
    },
  };
  return { opening, inside, shared: () => shared };
}

/** What state is told that is not shared, or not yet. */
const noHooks: Omit<StateHooks, "emit"> = {
  onBans: () => {},
  onOutage: () => {},
  version: ownVersion(),
  connections: () => 0,
  limits: () => ({}),
};

/** As its policy says but for the journal's key. */
function withStandIn<Input extends AttachInput>(input: Input): Input {
  const { journal } = input;
  if (journal === undefined || typeof journal !== "object") return input;
  return { ...input, journal: { ...journal, key: STAND_IN } };
}

/** @throws {TypeError} everything that is wrong with a policy */
function whole(loaded: LoadResult): Config {
  if (!loaded.ok) throw new TypeError(`sallyport: ${loaded.problems.map(renderProblem).join("\n")}`);
  return loaded.config;
}

async function compile(
  config: Config,
  { services, after }: { services: PolicyServices; after: Policy | null },
): Promise<Policy> {
  const compiled = await compilePolicy(config, services, { after });
  if (!compiled.ok) throw new TypeError(`sallyport: ${compiled.problems.map(renderProblem).join("\n")}`);
  return compiled.policy;
}

/** The bans that there are when somebody asks. */
function lateBans(now: () => MemoryBans): MemoryBans {
  return {
    add: (addressOrCidr, terms) => now().add(addressOrCidr, terms),
    remove: (addressOrCidr) => now().remove(addressOrCidr),
    get: (addressOrCidr) => now().get(addressOrCidr),
    list: (wallNow) => now().list(wallNow),
    find: (address, wallNow) => now().find(address, wallNow),
    get size() {
      return now().size;
    },
  };
}

type Fixed = readonly (readonly [name: string, value: unknown])[];

/** The name of what changed and must not; `null`: nothing did. */
function changedName(one: Fixed, other: Fixed): string | null {
  const changed = one.find(([, value], index) => JSON.stringify(value) !== JSON.stringify(other[index]?.[1]));
  return changed?.[0] ?? null;
}
