import type { Readable, Writable } from "node:stream";
import type { ArrivingRequest } from "./arrival.ts";

/** Where the answer to a plain request goes: `ServerResponse`, or a stream of HTTP/2. */
export interface PlainResponse extends Writable {
  readonly headersSent: boolean;
  /** @param fields flat list of names and values */
  writeHead(status: number, fields: string[]): unknown;
}

/** A plain request on its way: what it asks, its body, and where the answer goes. */
export interface PlainExchange {
  readonly arriving: ArrivingRequest;
  readonly body: Readable;
  readonly response: PlainResponse;
}
