import { Buffer } from "node:buffer";
import type { DialectConnection } from "../src/dialects/dialect.ts";
import type { Direction } from "../src/events.ts";
import type { Message } from "../src/guards/guard.ts";
import { LaneMessage } from "../src/session/lane-message.ts";

/** A whole message as a lane shows it: a text from the client, unless told otherwise; bytes are a binary message. */
export function messageFixture(
  content: string | Uint8Array,
  {
    direction = "inbound",
    opcode = typeof content === "string" ? 1 : 2,
    dialect = null,
  }: {
    readonly direction?: Direction;
    readonly opcode?: number;
    readonly dialect?: DialectConnection | null;
  } = {},
): Message {
  const payload = typeof content === "string" ? Buffer.from(content) : content;
  const message = new LaneMessage(direction, dialect);
  message.fill(opcode, payload.length, payload);
  return message;
}
