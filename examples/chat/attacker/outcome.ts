/** A place that is attacked. */
export interface Site {
  readonly name: string;
  readonly isGuarded: boolean;
  /** `https://localhost:8443`. */
  readonly origin: string;
  /** `wss://localhost:8443/chat`. */
  readonly socket: string;
}

/** What came of an attack. */
export interface Outcome {
  /**
   * `stopped`: it was refused; `through`: it did what it was meant to; `needless`: nothing had to be overcome; `own`: the application itself refused it; `untried`: it
   * could not be tried.
   */
  readonly verdict: "stopped" | "through" | "needless" | "own" | "untried";
  /** What happened, for somebody who hears of this for the first time. */
  readonly text: string;
  /** The status or close code of the refusal. */
  readonly answer?: number;
  readonly incident?: string;
  /** The line that was carried to everybody in the room, for a page to show what it could do. */
  readonly carried?: unknown;
}

/** One attack that a program makes; what it does, the page says. */
export type Attack = (site: Site) => Promise<Outcome>;
