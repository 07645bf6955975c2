/** What one case came to: a line of the table. */
export interface ChaosRow {
  readonly live: string;
  readonly fresh: string;
  readonly tickets: string;
  readonly revocations: string;
  /** The longest wait of a message while it lasted, milliseconds. */
  readonly longestMs: number;
  /** From the end of the trouble until everything was as before, milliseconds; `null`: there was nothing to wait for. */
  readonly recoveredMs: number | null;
  /** How often a gateway told that the engine cannot be reached, where that is what happens. */
  readonly told?: number;
  /** Handshakes that had to be refused, and were. */
  readonly refused: number;
}

/** How long things take: as in the documents, or as short as it still means something. */
export interface ChaosPace {
  /** `revocation.outageAfter`. */
  readonly outageAfter: string;
  /** `timeout` of the engine. */
  readonly timeout: string;
  /** How long an outage lasts at least, milliseconds. */
  readonly holdMs: number;
  /** Whether time that has only to pass is let pass; otherwise it is written into the engine. */
  readonly isPatient: boolean;
}

/** One case of the chaos suite. */
export interface ChaosCase {
  readonly id: string;
  /** The case, as in the table. */
  readonly title: string;
  /** What is done. */
  readonly done: string;
  /** Whether it needs network namespaces. */
  readonly needsNamespaces: boolean;
  /** Runs it. Rejects when something is not as it was declared. */
  run(pace: ChaosPace): Promise<ChaosRow>;
}

/** As the defaults are, and so long that all of them take effect. */
export const patient: ChaosPace = { outageAfter: "10s", timeout: "1s", holdMs: 15_000, isPatient: true };

/** As in CI: each step waits for what it is about, and for no time. A healthy engine is not taken for gone because a machine is busy. */
export const quick: ChaosPace = { outageAfter: "1s", timeout: "3s", holdMs: 0, isPatient: false };
