import { z } from "zod";
import type { Direction } from "../events.ts";
import type {
  Dialect,
  DialectConnection,
  DialectDefinition,
  DialectFault,
  DialectReading,
  MessagePart,
  OperationChange,
  ReadableMessage,
} from "./dialect.ts";
import { isFault, limitFault, single, syntaxFault, TEXT } from "./fault.ts";
import { parseJson } from "./parse-json.ts";
import { PendingBySide } from "./pending-by-side.ts";
import { nameLengthOption, pendingOption } from "./remembered.ts";
import { readSocketIoPacket, type SocketIoPacket, type SocketIoPacketLimits } from "./socket-io-packet.ts";

/** Options of `socket.io`. */
export interface SocketIoOptions extends SocketIoPacketLimits {
  /** Namespaces that a connection may ask for in its life. */
  readonly namespaces: number;
  /** Events of each side without their acknowledgements. */
  readonly pending: number;
}

const options: z.ZodType<SocketIoOptions> = z.strictObject({
  attachments: z
    .int()
    .min(0)
    .max(1000)
    .default(10)
    .describe("Binary messages that one event or acknowledgement may be followed by."),
  namespaces: z
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .describe("Namespaces that a connection may ask for in its life, whether it is let in or not."),
  pending: pendingOption("Events of each side that may wait for their acknowledgements."),
  nameLength: nameLengthOption,
});

/** Packets of Engine.IO 4 besides `message`: what each side may send over WebSocket, character by character. */
const ENGINE: Readonly<
  Record<string, { readonly kind: string } & Readonly<Record<Direction, readonly string[]>>>
> = {
  "1": { kind: "close", inbound: ["1"], outbound: ["1"] },
  "2": { kind: "ping", inbound: ["2probe"], outbound: ["2"] },
  "3": { kind: "pong", inbound: ["3"], outbound: ["3probe"] },
  "5": { kind: "upgrade", inbound: ["5"], outbound: [] },
  "6": { kind: "noop", inbound: [], outbound: ["6"] },
};
const ENGINE_KINDS = ["open", "close", "ping", "pong", "upgrade", "noop"];
const SOCKET_KINDS = ["connect", "disconnect", "event", "ack", "connect_error", "attachment"];

/**
 * Socket.IO 3 and 4 (protocol version 5) over Engine.IO 4, its WebSocket transport. Refuses what is no packet of theirs or goes the
 * wrong way, events of namespaces that were not joined, the event `error` from the client, binary messages that no packet has
 * announced, and what is beyond its options.
 */
export const socketIo: DialectDefinition<SocketIoOptions> = {
  name: "socket.io",
  reads: "Socket.IO 3 and 4 over Engine.IO 4",
  options,
  create(chosen): Dialect {
    return {
      name: "socket.io",
      subprotocols: [],
      kinds: [...ENGINE_KINDS, ...SOCKET_KINDS],
      needs: "all",
      open: () => new SocketIoConnection(chosen),
    };
  },
};

/** A packet whose attachments are still to come. */
interface Awaited {
  readonly name: string | null;
  readonly id: number | null;
  readonly namespace: string;
  /** How many are to come. */
  readonly left: number;
  readonly index: number;
}

class SocketIoConnection implements DialectConnection {
  readonly #chosen: SocketIoOptions;
  readonly #pending: PendingBySide;
  /** Every namespace that was asked for, and whether it was ever joined: what is said in it may still be on its way when it was left. */
  readonly #namespaces = new Map<string, boolean>();
  readonly #awaited: Record<Direction, Awaited | null> = { inbound: null, outbound: null };

  constructor(chosen: SocketIoOptions) {
    this.#chosen = chosen;
    this.#pending = new PendingBySide(chosen.pending);
  }

  read(message: ReadableMessage): DialectReading {
    if (message.opcode !== TEXT) return this.#readAttachment(message);
    const text = message.text();
    if (text[0] !== "4") return single(readEnginePacket(text, message.direction));
    if (this.#awaited[message.direction] !== null)
      return syntaxFault("a packet where attachments of another are to come");
    const packet = readSocketIoPacket(text.slice(1), this.#chosen);
    if (isFault(packet)) return packet;
    if (packet.type === "connect") return this.#connect(packet, message.direction);
    if (packet.type === "connect_error") return this.#connectError(packet, message.direction);
    if (packet.type === "disconnect") return this.#disconnect(packet);
    return this.#exchange(packet, message.direction);
  }

  #readAttachment(message: ReadableMessage): DialectReading {
    const awaited = this.#awaited[message.direction];
    if (awaited === null) return syntaxFault("a binary message that no packet has announced");
    const { name, id, namespace, left, index } = awaited;
    return single(
      {
        kind: "attachment",
        name,
        id,
        data: { namespace, index, bytes: message.bytes() },
        json: null,
        operations: [],
      },
      () => {
        this.#awaited[message.direction] = left > 1 ? { ...awaited, left: left - 1, index: index + 1 } : null;
      },
    );
  }

  /** A client may ask twice before it is answered, and then both are answered. */
  #connect(packet: SocketIoPacket, direction: Direction): DialectReading {
    const { namespace, data } = packet;
    const wasJoined = this.#namespaces.get(namespace);
    const part = partOf(packet, { data: { namespace, auth: data ?? null } });
    if (direction === "outbound")
      return wasJoined === undefined
        ? syntaxFault("lets into a namespace that was not asked for")
        : single(part, () => void this.#namespaces.set(namespace, true));
    if (wasJoined === undefined && this.#namespaces.size >= this.#chosen.namespaces)
      return limitFault(`more than ${this.#chosen.namespaces} \`namespaces\` were asked for`);
    return single(part, () => void this.#namespaces.set(namespace, wasJoined ?? false));
  }

  #connectError(packet: SocketIoPacket, direction: Direction): DialectReading {
    const { namespace, data } = packet;
    if (direction === "inbound") return syntaxFault("a connect_error from the client");
    if (!this.#namespaces.has(namespace)) return syntaxFault("refuses a namespace that was not asked for");
    return single(partOf(packet, { data: { namespace, error: data } }));
  }

  #disconnect(packet: SocketIoPacket): DialectReading {
    const { namespace } = packet;
    if (this.#namespaces.get(namespace) !== true)
      return syntaxFault("leaves a namespace that was not joined");
    const draft = this.#pending.draft();
    // Nobody answers in a namespace that was left.
    const operations = DIRECTIONS.flatMap((side) =>
      this.#pending.keysBelow(side, ackKey(side, namespace)).map((key): OperationChange => {
        draft.of(side).end(key);
        return { change: "end", key };
      }),
    );
    return single(partOf(packet, { data: { namespace }, operations }), () => draft.commit());
  }

  #exchange(packet: SocketIoPacket, direction: Direction): DialectReading {
    const { namespace, attachments: left, id } = packet;
    if (this.#namespaces.get(namespace) !== true)
      return syntaxFault(`an ${packet.type} in a namespace that was not joined`);
    const draft = this.#pending.draft();
    const asker = otherSide(direction);
    const said =
      packet.type === "event"
        ? readEvent(packet, { direction, begin: (key, name) => draft.of(direction).begin(key, name) })
        : readAck(packet, draft.of(asker).end(ackKey(asker, namespace, id)), direction);
    if (isFault(said)) return said;
    const awaited: Awaited | null = left === 0 ? null : { name: said.name, id, namespace, left, index: 0 };
    return single(said, () => {
      draft.commit();
      this.#awaited[direction] = awaited;
    });
  }
}

const DIRECTIONS: readonly Direction[] = ["inbound", "outbound"];

function otherSide(direction: Direction): Direction {
  return direction === "inbound" ? "outbound" : "inbound";
}

/** A comma ends the namespace, which has none. @param asker the direction that the event went in */
function ackKey(asker: Direction, namespace: string, id: number | null | "" = ""): string {
  return `ack:${asker}:${namespace},${id}`;
}

function readEnginePacket(text: string, direction: Direction): MessagePart | DialectFault {
  if (text[0] === "0") return readOpen(text, direction);
  const packet = ENGINE[text[0] ?? ""];
  if (packet === undefined) return syntaxFault("no Engine.IO packet");
  if (!packet[direction].includes(text)) return syntaxFault(`a ${packet.kind} that this side does not send`);
  return { kind: packet.kind, name: null, id: null, data: null, json: null, operations: [] };
}

function readOpen(text: string, direction: Direction): MessagePart | DialectFault {
  if (direction === "inbound") return syntaxFault("an open from the client");
  const json = text.slice(1);
  try {
    const data = parseJson(json);
    return { kind: "open", name: null, id: null, data, json, operations: [] };
  } catch {
    return syntaxFault("an open that is no JSON");
  }
}

function partOf(
  { type, id, json }: SocketIoPacket,
  {
    name = null,
    data,
    operations = [],
  }: {
    readonly name?: string | null;
    readonly data: unknown;
    readonly operations?: readonly OperationChange[];
  },
): MessagePart {
  return { kind: type, name, id, data, json, operations };
}

function readEvent(
  packet: SocketIoPacket,
  {
    direction,
    begin,
  }: {
    readonly direction: Direction;
    readonly begin: (key: string, name: string | null) => "begun" | "twice" | "full";
  },
): MessagePart | DialectFault {
  const { namespace, id, name, data: args } = packet;
  // Ends servers before Socket.IO 4.6.2 (CVE-2024-38355).
  if (direction === "inbound" && name === "error") return syntaxFault("the event `error` from the client");
  const data = { namespace, args };
  if (id === null) return partOf(packet, { name, data });
  const key = ackKey(direction, namespace, id);
  const begun = begin(key, name);
  if (begun === "twice") return syntaxFault("an event with the id of one that is not acknowledged yet");
  if (begun === "full") return limitFault("too many events wait for acknowledgements (`pending`)");
  return partOf(packet, { name, data, operations: [{ change: "begin", key }] });
}

function readAck(
  packet: SocketIoPacket,
  event: { readonly name: string | null } | undefined,
  direction: Direction,
): MessagePart {
  const { namespace, id, data: args } = packet;
  const key = ackKey(otherSide(direction), namespace, id);
  return partOf(packet, {
    name: event?.name ?? null,
    data: { namespace, args },
    // Of one that is not waited for nothing ends: the other side may have given up.
    operations: event === undefined ? [] : [{ change: "end", key }],
  });
}
