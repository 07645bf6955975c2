import { isUtf8 } from "node:buffer";

/** What the CONNECT of a connection has settled. */
export interface MqttVersion {
  /** 3 (MQTT 3.1), 4 (3.1.1) or 5. */
  readonly protocolVersion: number;
  /** Whether the client is a bridge between brokers, by a bit of the version that some use. */
  readonly bridgeMode: boolean;
}

/** How many topic filters and properties the packets of one message may still hold; below 0: they hold more. */
export interface MqttRoom {
  left: number;
}

const ENDLESS: MqttRoom = { left: Number.POSITIVE_INFINITY };

type Walk = (reader: LayoutReader, flags: number, isV5: boolean) => void;

/**
 * Whether the lengths in a whole packet lead where they should: each text, property and list ends within its packet, nothing is left
 * behind the last one, texts are UTF-8 without U+0000, and no property stands twice that must not (MQTT 5 1.5.4, 2.2.2, 3.1 to 3.15). The parser lets
 * much of that through, and a broker that reads it otherwise would find other topics.
 *
 * @param packet one packet, its header included
 * @param room counted down, and looked no further once there is none
 */
export function hasMqttLayout(
  packet: Uint8Array,
  { protocolVersion }: MqttVersion,
  room: MqttRoom = ENDLESS,
): boolean {
  const [first = 0] = packet;
  let body = 1;
  while ((packet[body] ?? 0) >= 0x80) body++;
  const reader = new LayoutReader(packet.subarray(body + 1), room);
  LAYOUTS[first >> 4]?.(reader, first & 0x0f, protocolVersion === 5);
  return reader.isDone;
}

/** Walks the body of a packet, and remembers whether anything led out of it. */
class LayoutReader {
  readonly #bytes: Uint8Array;
  readonly #room: MqttRoom;
  #at = 0;
  #failed = false;

  constructor(bytes: Uint8Array, room: MqttRoom) {
    this.#bytes = bytes;
    this.#room = room;
  }

  /** Begins a topic filter or a property. */
  entry(): void {
    this.#room.left--;
    if (this.#room.left < 0) this.#failed = true;
  }

  get left(): number {
    return this.#failed ? 0 : this.#bytes.length - this.#at;
  }

  get isDone(): boolean {
    return !this.#failed && this.#at === this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    this.skip(1);
    return byte ?? 0;
  }

  skip(count: number): void {
    this.#at += count;
    if (this.#at > this.#bytes.length) this.#failed = true;
  }

  rest(): void {
    this.skip(this.left);
  }

  binary(): Uint8Array {
    const length = this.byte() * 0x100 + this.byte();
    const start = this.#at;
    this.skip(length);
    return this.#bytes.subarray(start, this.#at);
  }

  text(): void {
    const text = this.binary();
    if (!isUtf8(text) || text.includes(0)) this.#failed = true;
  }

  variable(): number {
    let value = 0;
    for (let digit = 0; digit < 4; digit++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 0x80 ** digit;
      if (byte < 0x80) return value;
    }
    this.#failed = true;
    return 0;
  }

  properties(): void {
    const length = this.variable();
    const end = this.#at + length;
    const seen = new Set<number>();
    while (this.#at < end && !this.#failed) {
      this.entry();
      const id = this.byte();
      const skipValue = PROPERTIES.get(id);
      if (skipValue === undefined || (seen.has(id) && !MAY_REPEAT.has(id))) this.#failed = true;
      seen.add(id);
      skipValue?.(this);
    }
    if (this.#at !== end) this.#failed = true;
  }
}

function skipBytes(count: number): (reader: LayoutReader) => void {
  return (reader) => reader.skip(count);
}

const text = (reader: LayoutReader): void => reader.text();
const binary = (reader: LayoutReader): void => void reader.binary();

/** How to skip the value of a property, by its id (MQTT 5 2.2.2.2). */
const PROPERTIES: ReadonlyMap<number, (reader: LayoutReader) => void> = new Map([
  ...[1, 23, 25, 36, 37, 40, 41, 42].map((id) => [id, skipBytes(1)] as const),
  ...[19, 33, 34, 35].map((id) => [id, skipBytes(2)] as const),
  ...[2, 17, 24, 39].map((id) => [id, skipBytes(4)] as const),
  ...[3, 8, 18, 21, 26, 28, 31].map((id) => [id, text] as const),
  ...[9, 22].map((id) => [id, binary] as const),
  [11, (reader: LayoutReader): void => void reader.variable()] as const,
  [
    38,
    (reader: LayoutReader): void => {
      reader.text();
      reader.text();
    },
  ] as const,
]);
/** Subscription identifiers and user properties. */
const MAY_REPEAT: ReadonlySet<number> = new Set([11, 38]);

const connect: Walk = (reader) => {
  reader.text();
  const version = reader.byte();
  const flags = reader.byte();
  reader.skip(2);
  const isV5 = (version & 0x7f) === 5;
  if (isV5) reader.properties();
  reader.text();
  if (flags & 0x04) {
    if (isV5) reader.properties();
    reader.text();
    reader.binary();
  }
  if (flags & 0x80) reader.text();
  if (flags & 0x40) reader.binary();
};

const publish: Walk = (reader, flags, isV5) => {
  reader.text();
  if (flags & 0x06) reader.skip(2);
  if (isV5) reader.properties();
  reader.rest();
};

/** SUBSCRIBE with options behind each filter, UNSUBSCRIBE without. At least one filter. */
function filters(optionBytes: number): Walk {
  return (reader, _flags, isV5) => {
    reader.skip(2);
    if (isV5) reader.properties();
    do {
      reader.entry();
      reader.text();
      reader.skip(optionBytes);
    } while (reader.left > 0);
  };
}

/** `bytes` that must be there, and the codes of MQTT 5 behind its properties. */
function codes(bytes: number): Walk {
  return (reader, _flags, isV5) => {
    reader.skip(bytes);
    if (isV5) reader.properties();
    reader.rest();
  };
}

/** `bytes` that must be there; in MQTT 5 a reason and properties may be left out. */
function reason(bytes: number): Walk {
  return (reader, _flags, isV5) => {
    reader.skip(bytes);
    if (isV5 && reader.left > 0) reader.skip(1);
    if (isV5 && reader.left > 0) reader.properties();
  };
}

/** By packet type (MQTT 5 2.1.2). PINGREQ, PINGRESP and what does not exist are empty. */
const LAYOUTS: Readonly<Record<number, Walk>> = {
  1: connect,
  2: codes(2),
  3: publish,
  4: reason(2),
  5: reason(2),
  6: reason(2),
  7: reason(2),
  8: filters(1),
  9: codes(2),
  10: filters(0),
  11: codes(2),
  14: reason(0),
  15: reason(0),
};
