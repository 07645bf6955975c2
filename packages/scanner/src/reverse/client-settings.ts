/** How a client is tested. */
export interface ClientSettings {
  /** A text message that the client understands. */
  readonly message: string;
  /** How long no answer counts as none, at least; a slow client gets more. */
  readonly patienceMs: number;
  /** How long an end may take to be seen, where going on waiting is the fault. */
  readonly silenceMs: number;
  /** How long a process may take to end after its connection has. */
  readonly endMs: number;
  /** How long a handshake is left without an answer to see whether the client gives up. */
  readonly idleMs: number;
  /** How long the next connection of the client is waited for. */
  readonly waitMs: number;
  /** How long its first connection is waited for, where it is not started here. */
  readonly firstWaitMs: number;
  /** Time in all, with the wait for the first connection not counted. */
  readonly totalMs: number;
}

/** What holds where the user says nothing. */
export const defaultClientSettings: ClientSettings = {
  message: "sallyport-scan",
  patienceMs: 1000,
  silenceMs: 3000,
  endMs: 700,
  idleMs: 10_000,
  waitMs: 30_000,
  firstWaitMs: 600_000,
  totalMs: 300_000,
};
