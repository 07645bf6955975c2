import type { ErrorCode } from "../errors.ts";
import type { LaneMessage } from "./lane-message.ts";
import type { MessageRecord } from "./message-record.ts";
import type { OutgoingStream } from "./outgoing-stream.ts";
import type { Vetting } from "./vetting.ts";

/** What a lane judges and records its messages with. */
export interface StreamJudges {
  readonly message: LaneMessage;
  readonly record: MessageRecord | null;
  readonly vetting: Vetting;
}

/** Has the guards look at what they see of a streamed message once it is whole: its kind and size. Its last frame, or what is wrong. */
export function finishStream(
  stream: OutgoingStream,
  { message, record, vetting }: StreamJudges,
  now: number,
): Uint8Array | ErrorCode {
  const frame = stream.finish();
  if (typeof frame === "string") return frame;
  message.fill(stream.opcode, stream.size, EMPTY);
  record?.came(EMPTY, stream.size);
  // It is too late to drop it, to replace it, or to wait.
  if (vetting.vet(now, null) !== "pass" || vetting.replacement !== null) return "session.guard-failed";
  const room = record?.conclude(message, true) ?? null;
  message.commit();
  message.clear();
  vetting.finish();
  if (room !== null) vetting.pause((goOn) => void room.then(goOn));
  return frame;
}

const EMPTY = new Uint8Array(0);
