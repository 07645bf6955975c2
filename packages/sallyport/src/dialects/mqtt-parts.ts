import { Buffer, isUtf8 } from "node:buffer";
import type { Packet } from "mqtt-packet";
import type { Direction } from "../events.ts";
import type { DialectFault, MessagePart, OperationChange } from "./dialect.ts";
import { isFault, limitFault, syntaxFault } from "./fault.ts";
import { parseJson } from "./parse-json.ts";
import type { MqttConnect } from "./mqtt-parser.ts";
import type { MqttDraft } from "./mqtt-state.ts";
import { isTopicName, parseTopicFilter } from "./mqtt-topic.ts";

type Of<Command extends Packet["cmd"]> = Extract<Packet, { readonly cmd: Command }>;

const BOTH: readonly Direction[] = ["inbound", "outbound"];
/** Every kind of packet, and who may send it. */
const DIRECTIONS: Readonly<Record<Packet["cmd"], readonly Direction[]>> = {
  connect: ["inbound"],
  connack: ["outbound"],
  publish: BOTH,
  puback: BOTH,
  pubrec: BOTH,
  pubrel: BOTH,
  pubcomp: BOTH,
  subscribe: ["inbound"],
  suback: ["outbound"],
  unsubscribe: ["inbound"],
  unsuback: ["outbound"],
  pingreq: ["inbound"],
  pingresp: ["outbound"],
  disconnect: BOTH,
  auth: BOTH,
};

/** Every `kind` of a part. */
export const mqttKinds: readonly string[] = Object.keys(DIRECTIONS);

/** What a packet says, and what it changes in the draft. @param nameLength characters of a topic or filter */
export function readMqttPacket(
  packet: Packet,
  draft: MqttDraft,
  nameLength: number,
): readonly MessagePart[] | DialectFault {
  const problem = orderProblem(packet, draft);
  if (problem !== null) return syntaxFault(problem);
  switch (packet.cmd) {
    case "connect":
      return readConnect(packet, draft, nameLength);
    case "connack":
      draft.connected = true;
      return [
        partOf(packet, { code: packet.reasonCode ?? packet.returnCode, session: packet.sessionPresent }),
      ];
    case "publish":
      return readPublish(packet, draft, nameLength);
    case "subscribe":
      return readSubscribe(packet, draft, nameLength);
    case "unsubscribe":
      return readUnsubscribe(packet, nameLength);
    case "suback":
      return [readSuback(packet, draft)];
    case "unsuback":
      return [partOf(packet, { codes: packet.granted ?? [] })];
    case "pingreq":
    case "pingresp":
      return [partOf(packet, null)];
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
    case "disconnect":
    case "auth":
      break;
  }
  return [partOf(packet, { code: packet.reasonCode ?? 0 })];
}

/** MQTT 5 3.1.0, 3.2.0. */
function orderProblem({ cmd }: Packet, { direction, version, connected }: MqttDraft): string | null {
  if (!DIRECTIONS[cmd].includes(direction)) return `\`${cmd}\` from the wrong side`;
  if (version === null) return cmd === "connect" ? null : `\`${cmd}\` before \`connect\``;
  if (cmd === "connect") return "a second `connect`";
  if (cmd === "connack") return connected ? "a second `connack`" : null;
  const isEarly = direction === "outbound" && !connected && cmd !== "auth" && cmd !== "disconnect";
  return isEarly ? `\`${cmd}\` before \`connack\`` : null;
}

function partOf(
  { cmd, messageId }: Packet,
  data: unknown,
  {
    name = null,
    json = null,
    operations = [],
  }: {
    readonly name?: string | null;
    readonly json?: string | null;
    readonly operations?: readonly OperationChange[];
  } = {},
): MessagePart {
  return { kind: cmd, name, id: messageId ?? null, data, json, operations };
}

function readConnect(
  packet: MqttConnect,
  draft: MqttDraft,
  nameLength: number,
): readonly MessagePart[] | DialectFault {
  const { clientId, username = null, clean = false, keepalive, will } = packet;
  const { protocolVersion = 4, bridgeMode = false } = packet;
  if ((packet.protocolId === "MQIsdp") !== (protocolVersion === 3))
    return syntaxFault("a protocol version of another protocol");
  draft.version = { protocolVersion, bridgeMode };
  // Never its password.
  const data = { clientId, username, version: protocolVersion, clean, keepalive, will: will?.topic ?? null };
  const connect = partOf(packet, data, { name: clientId === "" ? null : clientId });
  if (will === undefined) return [connect];
  const fault = checkTopic(will.topic, nameLength);
  if (fault !== null) return fault;
  // The broker publishes it for the client when the connection is lost, so rules about publishing are asked now.
  const { payload, json } = readPayload(will.payload);
  const published = {
    payload,
    qos: will.qos,
    retain: will.retain,
    will: true,
    responseTopic: will.properties?.responseTopic ?? null,
  };
  return [connect, { kind: "publish", name: will.topic, id: null, data: published, json, operations: [] }];
}

function readPublish(
  packet: Of<"publish">,
  draft: MqttDraft,
  nameLength: number,
): readonly MessagePart[] | DialectFault {
  const topic = resolveTopic(packet, draft, nameLength);
  if (typeof topic !== "string") return topic;
  if (packet.qos > 0 && packet.messageId === 0) return syntaxFault("a packet whose identifier is 0");
  const { payload, json } = readPayload(packet.payload);
  const data = {
    payload,
    qos: packet.qos,
    retain: packet.retain,
    will: false,
    responseTopic: packet.properties?.responseTopic ?? null,
  };
  return [partOf(packet, data, { name: topic, json })];
}

/** MQTT 5 3.3.2.3.4. */
function resolveTopic(
  { topic, properties }: Of<"publish">,
  draft: MqttDraft,
  nameLength: number,
): string | DialectFault {
  const alias = properties?.topicAlias;
  if (alias === 0) return syntaxFault("the topic alias 0");
  if (topic === "" && alias !== undefined)
    return draft.topicOf(alias) ?? syntaxFault("a topic alias that was not given");
  const fault = checkTopic(topic, nameLength);
  if (fault !== null) return fault;
  if (alias !== undefined && !draft.alias(alias, topic))
    return limitFault(`more than ${draft.limits.aliases} topic \`aliases\``);
  return topic;
}

function checkTopic(topic: string, nameLength: number): DialectFault | null {
  if (!isTopicName(topic)) return syntaxFault("a topic that is empty or has wildcards");
  return topic.length > nameLength
    ? limitFault(`a topic of ${topic.length} characters (\`nameLength\`)`)
    : null;
}

function readSubscribe(
  packet: Of<"subscribe">,
  draft: MqttDraft,
  nameLength: number,
): readonly MessagePart[] | DialectFault {
  const parts: MessagePart[] = [];
  for (const [index, { topic: filter, qos }] of packet.subscriptions.entries()) {
    const read = readFilter(filter, nameLength);
    if (isFault(read)) return read;
    const begun = draft.subscribing.begin(`${packet.messageId}:${index}`, filter);
    if (begun === "twice")
      return syntaxFault("a `subscribe` with the identifier of one that is not answered");
    if (begun === "full")
      return limitFault(`${draft.limits.pending} filters wait for a \`suback\` (\`pending\`)`);
    const operations: readonly OperationChange[] = [{ change: "begin", key: topicKey(filter) }];
    parts.push(partOf(packet, { filter, share: read.share, qos }, { name: read.topics, operations }));
  }
  return parts;
}

function readUnsubscribe(
  packet: Of<"unsubscribe">,
  nameLength: number,
): readonly MessagePart[] | DialectFault {
  const parts: MessagePart[] = [];
  for (const filter of packet.unsubscriptions) {
    const read = readFilter(filter, nameLength);
    if (isFault(read)) return read;
    const operations: readonly OperationChange[] = [{ change: "end", key: topicKey(filter) }];
    parts.push(partOf(packet, { filter, share: read.share }, { name: read.topics, operations }));
  }
  return parts;
}

function readFilter(
  filter: string,
  nameLength: number,
): { readonly topics: string; readonly share: string | null } | DialectFault {
  if (filter.length > nameLength)
    return limitFault(`a topic filter of ${filter.length} characters (\`nameLength\`)`);
  return parseTopicFilter(filter) ?? syntaxFault("a topic filter that is none");
}

/** Ends what the broker refuses. */
function readSuback(packet: Of<"suback">, draft: MqttDraft): MessagePart {
  const codes = packet.granted.map(Number);
  const operations: OperationChange[] = [];
  for (let index = 0; ; index++) {
    const filter = draft.subscribing.end(`${packet.messageId}:${index}`)?.name;
    if (filter === undefined || filter === null) break;
    if ((codes[index] ?? 0) >= FAILURE) operations.push({ change: "end", key: topicKey(filter) });
  }
  return partOf(packet, { codes }, { operations });
}

/** Reason codes from here on are failures (MQTT 5 2.4). */
const FAILURE = 0x80;

function topicKey(filter: string): string {
  return `topic:${filter}`;
}

/** JSON where it is JSON, else text where it is UTF-8, else the bytes. */
function readPayload(payload: string | Buffer): { readonly payload: unknown; readonly json: string | null } {
  const bytes = Buffer.from(payload);
  if (!isUtf8(bytes)) return { payload: bytes, json: null };
  const text = bytes.toString("utf8");
  try {
    return { payload: parseJson(text), json: text };
  } catch {
    return { payload: text, json: null };
  }
}
