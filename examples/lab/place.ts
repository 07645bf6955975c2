import type { IncomingMessage } from "node:http";

/** Where an application of a lesson listens, and which origins its pages have: its own, and that of the gate before it. */
export interface Place {
  readonly port: number;
  readonly origins: ReadonlySet<string | undefined>;
}

/** What `vulnerable.ts` and `fixed.ts` of a lesson export. It has a process of its own, and runs until that ends. */
export type Start = (place: Place) => Promise<unknown>;

/** What `ws` asks `verifyClient` about. */
export interface Handshake {
  readonly origin: string;
  readonly req: IncomingMessage;
}
