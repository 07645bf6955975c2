/** What an attack is given. */
export interface Attempt {
  /** The WebSocket that is attacked. */
  readonly url: string;
  /** The origin of the application's own pages at that address. */
  readonly origin: string;
  /** Shows a line to the learner. */
  readonly say: (line: string) => void;
}

/** What `attack.ts` of a lesson exports. Answers whether it worked; rejects where it could not be tried. */
export type Attack = (attempt: Attempt) => Promise<boolean>;
