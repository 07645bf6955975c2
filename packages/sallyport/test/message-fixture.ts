import { Buffer } from "node:buffer";
import type { DialectConnection } from "../src/dialects/dialect.ts";
import type { Direction } from "../src/events.ts";
import type { Message } from "../src/guards/guard.ts";
import { LaneMessage } from "../src/session/lane-message.ts";

/** A whole message as a lane shows it: a text from the client, unless `parts` says otherwise. */
export function messageFixture(
  text: string,
  {
    direction = "inbound",
    opcode = 1,
    dialect = null,
  }: {
    readonly direction?: Direction;
    readonly opcode?: number;
    readonly dialect?: DialectConnection | null;
  } = {},
): Message {
  const payload = Buffer.from(text);
  const message = new LaneMessage(direction, dialect);
  message.fill(opcode, payload.length, payload);
  return message;
}
