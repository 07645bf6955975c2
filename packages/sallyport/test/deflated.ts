import { Buffer } from "node:buffer";
import { constants, deflateRawSync } from "node:zlib";
import type { InflateTurns } from "../src/protocol/inflate-turns.ts";
import { Inflater } from "../src/protocol/inflater.ts";
import type { DeflateSide } from "../src/protocol/permessage-deflate.ts";
import { serializeFrame, type Frame } from "../src/protocol/frame-serializer.ts";
import type { Inflaters } from "../src/session/lane-host.ts";

const CUT_OFF = 4;
const RSV1 = 0x40;

/** One message as a sender compresses it, referring to none before it or to these bytes (RFC 7692 7.2.1). */
export function deflated(plain: Uint8Array | string, before: Uint8Array | null = null): Buffer {
  const bytes = Buffer.from(plain);
  // Nothing at all is an empty block (RFC 7692 7.2.3.6).
  if (bytes.length === 0) return Buffer.of(0);
  const dictionary = before === null || before.length === 0 ? {} : { dictionary: before };
  const flushed = deflateRawSync(bytes, { ...dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  return flushed.subarray(0, -CUT_OFF);
}

/** A sender each of whose messages may refer to those before it. */
export function createSender(): (plain: Uint8Array | string) => Buffer {
  let sent = Buffer.alloc(0);
  return (plain) => {
    const message = deflated(plain, sent.subarray(-0x8000));
    sent = Buffer.concat([sent, Buffer.from(plain)]);
    return message;
  };
}

/** A frame that begins a compressed message. */
export function compressedFrame(frame: Frame): Buffer {
  const bytes = Buffer.from(serializeFrame(frame));
  bytes.writeUInt8(bytes.readUInt8(0) | RSV1, 0);
  return bytes;
}

/** What inflates both sides of a connection, as it was negotiated. */
export function inflatersOf(side: DeflateSide, turns: InflateTurns | null = null): Inflaters {
  return { client: new Inflater(side, turns), application: new Inflater(side, turns) };
}

/** The largest window, kept from message to message. */
export const takeover: DeflateSide = { windowBits: 15, takeover: true };

/** The largest window, and each message begins afresh. */
export const fresh: DeflateSide = { windowBits: 15, takeover: false };
