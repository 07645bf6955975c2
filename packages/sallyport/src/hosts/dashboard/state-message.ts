import type { Disagreement } from "../../state/node-terms.ts";

/** The engine that nodes share state through, as it is shown. */
export interface EngineView {
  /** Where it is, without any secret. */
  readonly where: string;
  readonly up: boolean;
  /** Since when it is as it is, ISO 8601. */
  readonly since: string;
  /** Why it is away; `null`: it is up. */
  readonly problem: string | null;
  /** How often it was lost since this node started. */
  readonly outages: number;
  /** How far its clock is ahead of this node's, milliseconds. */
  readonly clockAheadMs: number;
  /** Bans and revocations of this node that wait for it. */
  readonly unpublished: number;
  /** What this node put back after it had lost them. */
  readonly putBack: number;
  /** What was found in it and was none of ours. */
  readonly misfits: number;
  /** `null`: it has not said. */
  readonly memory: {
    readonly usedBytes: number;
    /** `null`: there is no bound. */
    readonly limitBytes: number | null;
    /** By which it drops what it likes when it is full; `null`: it refuses, and drops nothing. */
    readonly drops: string | null;
  } | null;
}

/** A node of the gate, as it says itself: its text is that of whoever can write into the engine. */
export interface NodeView {
  readonly name: string;
  /** Whether it is the one that is asked. */
  readonly isThis: boolean;
  /** Empty: it does not say. */
  readonly version: string;
  /** ISO 8601, by its own clock; `null`: it does not say. */
  readonly startedAt: string | null;
  readonly connections: number;
}

/** What nodes do not have alike, and the same in one line. */
export interface ShownDisagreement extends Disagreement {
  readonly sentence: string;
}

/** How state is shared. */
export interface StateView {
  /** `null`: state is in the memory of this gate. */
  readonly engine: EngineView | null;
  /** Those that are alive, as last heard of; none where there is no engine. */
  readonly nodes: readonly NodeView[];
  /** What nodes do not have alike. */
  readonly disagreements: readonly ShownDisagreement[];
}
