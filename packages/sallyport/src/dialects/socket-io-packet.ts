import { Decoder, type Packet } from "socket.io-parser";
import type { DialectFault } from "./dialect.ts";
import { isFault, limitFault, syntaxFault } from "./fault.ts";
import { parseJson } from "./parse-json.ts";

/** A Socket.IO packet as its text says it. */
export interface SocketIoPacket {
  /** Of an event and an acknowledgement that are followed by attachments too: `attachments` says so. */
  readonly type: "connect" | "disconnect" | "event" | "ack" | "connect_error";
  readonly namespace: string;
  /** `null`: an event that asks for no acknowledgement. */
  readonly id: number | null;
  /** Of an event; `null` elsewhere. */
  readonly name: string | null;
  /** JSON: of an event what comes behind its name. Attachments stand in it as empty bytes. */
  readonly data: unknown;
  /** The JSON text of the data; `null`: there is none. */
  readonly json: string | null;
  /** Binary messages that belong to it and follow. */
  readonly attachments: number;
}

/** What a packet may be at most. */
export interface SocketIoPacketLimits {
  /** Binary messages that one packet may announce. */
  readonly attachments: number;
  /** Characters of a namespace, and of an event's name. */
  readonly nameLength: number;
}

const TYPES = ["connect", "disconnect", "event", "ack", "connect_error", "event", "ack"] as const;
/** The grammar of protocol version 5, without what the parser lets through besides: spaces, leading zeros, a namespace without its comma. */
const HEAD = /^(\d)(?:([1-9]\d{0,8})-)?(?:(\/[^,?]*),)?(0|[1-9]\d{0,15})?(?=[[{"]|$)/;
const BINARY_EVENT = "5";
const BINARY_ACK = "6";
const NO_PACKET = syntaxFault("no Socket.IO packet");
/** Stands where an attachment will stand. */
const ATTACHMENT = new Uint8Array(0);

/**
 * Reads one Socket.IO packet (protocol version 5), by its own parser. Refuses what is none, reserved event names, placeholders that
 * name no attachment, and what is beyond the limits. Never throws.
 *
 * @param text behind the packet type of Engine.IO
 */
export function readSocketIoPacket(
  text: string,
  limits: SocketIoPacketLimits,
): SocketIoPacket | DialectFault {
  const head = HEAD.exec(text);
  const type = TYPES[Number(head?.[1])];
  if (head === null || type === undefined) return NO_PACKET;
  const [all, code, announced = "0", namespace = "/"] = head;
  const attachments = Number(announced);
  const isBinary = code === BINARY_EVENT || code === BINARY_ACK;
  if (isBinary !== attachments > 0)
    return syntaxFault(isBinary ? "a binary packet without attachments" : "attachments of no binary packet");
  if (attachments > limits.attachments)
    return limitFault(`${attachments} attachments, and \`attachments\` is ${limits.attachments}`);
  if (namespace.length > limits.nameLength)
    return limitFault(`a namespace of ${namespace.length} characters`);
  const decoded = decode(text, attachments, limits);
  if (isFault(decoded)) return decoded;
  const { id = null } = decoded;
  const data: unknown = decoded.data;
  const problem = problemOf(type, { id, data });
  if (problem !== null) return syntaxFault(problem);
  const [first, ...args] = listOf(data);
  // A number is a name too: listeners of either are the same.
  const name = type === "event" ? String(first) : null;
  if (name !== null && name.length > limits.nameLength)
    return limitFault(`the name of an event has ${name.length} characters`);
  const json = all.length < text.length ? text.slice(all.length) : null;
  return { type, namespace, id, name, data: name === null ? data : args, json, attachments };
}

/** By a decoder of its own, so that nothing is left behind; it gets empty attachments at once, so that it checks the placeholders. */
function decode(text: string, attachments: number, limits: SocketIoPacketLimits): Packet | DialectFault {
  let decoded: Packet | DialectFault = NO_PACKET;
  const decoder = new Decoder({ maxAttachments: limits.attachments });
  // Its own way to parse JSON takes some names for others; the parser has no option for another.
  Object.assign(decoder, { tryParse: parseJson });
  decoder.on("decoded", (packet: Packet) => void (decoded = packet));
  try {
    decoder.add(text);
    for (let index = 0; index < attachments; index++) decoder.add(ATTACHMENT);
  } catch {
    // Its errors may hold some of the packet.
    return syntaxFault("the Socket.IO parser refuses it: no JSON, a reserved name, or a wrong placeholder");
  }
  return decoded;
}

/** What the parser lets through. */
function problemOf(
  type: SocketIoPacket["type"],
  { id, data }: { readonly id: number | null; readonly data: unknown },
): string | null {
  if (id !== null && !Number.isSafeInteger(id)) return "an id that is no safe integer";
  switch (type) {
    case "event":
      return data === undefined ? "an event without a name" : null;
    case "ack":
      return id === null || data === undefined ? "an acknowledgement without id or data" : null;
    case "connect_error":
      return id !== null || data === undefined ? "a connect_error with an id, or without data" : null;
    case "connect":
    case "disconnect":
      break;
  }
  return id === null ? null : `a ${type} with an id`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
