import { z } from "zod";
import type { Direction } from "../events.ts";
import { size } from "../quantity.ts";
import type {
  Dialect,
  DialectConnection,
  DialectDefinition,
  DialectReading,
  MessagePart,
  ReadableMessage,
} from "./dialect.ts";
import { isFault, limitFault, TEXT, TEXT_MESSAGE } from "./fault.ts";
import { MqttFraming, type MqttFramingLimits } from "./mqtt-framing.ts";
import { MqttParser } from "./mqtt-parser.ts";
import { mqttKinds, readMqttPacket } from "./mqtt-parts.ts";
import { MqttState, type MqttStateLimits } from "./mqtt-state.ts";
import { nameLengthOption, pendingOption } from "./remembered.ts";

/** Options of `mqtt`. `packet` in bytes. */
export interface MqttOptions extends MqttFramingLimits, MqttStateLimits {
  /** Characters of a topic or a topic filter. */
  readonly nameLength: number;
}

const options: z.ZodType<MqttOptions> = z.strictObject({
  packet: size
    .prefault("256KiB")
    .describe("The largest packet. What is not whole yet is kept, up to as much for each direction."),
  batch: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe(
      "Packets, and topic filters in them, that one message may hold; ten times as many with all their properties.",
    ),
  aliases: z
    .int()
    .min(0)
    .max(65_535)
    .default(100)
    .describe("Topic aliases (MQTT 5) that each side may give."),
  pending: pendingOption("Topic filters that may wait for the broker's answer."),
  nameLength: nameLengthOption,
});

/**
 * MQTT 3.1, 3.1.1 and 5. A packet may span messages: a message says what the packets say that it completes. Refuses text messages,
 * what is no MQTT or goes the wrong way, a first packet that is no CONNECT, a second one, topics and filters that are none,
 * aliases that were not given, and what is beyond its options.
 */
export const mqtt: DialectDefinition<MqttOptions> = {
  name: "mqtt",
  reads: "MQTT 3.1, 3.1.1 and 5",
  options,
  create(chosen): Dialect {
    return {
      name: "mqtt",
      subprotocols: ["mqtt", "mqttv3.1"],
      kinds: mqttKinds,
      needs: "all",
      open: () => openConnection(chosen),
    };
  },
};

/** Topic filters and properties, before anybody looks at what they say; each costs time to parse. */
const ENTRIES_PER_PACKET = 10;

function openConnection(chosen: MqttOptions): DialectConnection {
  const state = new MqttState(chosen);
  const parser = new MqttParser();
  const framing: Readonly<Record<Direction, MqttFraming>> = {
    inbound: new MqttFraming(chosen),
    outbound: new MqttFraming(chosen),
  };
  return {
    read: (message) => readMessage(message, { chosen, state, parser, framing: framing[message.direction] }),
  };
}

interface Spoken {
  readonly chosen: MqttOptions;
  readonly state: MqttState;
  readonly parser: MqttParser;
  readonly framing: MqttFraming;
}

function readMessage(message: ReadableMessage, { chosen, state, parser, framing }: Spoken): DialectReading {
  if (message.opcode === TEXT) return TEXT_MESSAGE;
  const framed = framing.read(message.bytes());
  if (isFault(framed)) return framed;
  const parts: MessagePart[] = [];
  const draft = state.draft(message.direction);
  const room = { left: ENTRIES_PER_PACKET * chosen.batch };
  for (const bytes of framed.packets) {
    const packet = parser.parse(bytes, draft.version, room);
    if (room.left < 0)
      return limitFault(`more topic filters and properties in a message than ten times \`batch\``);
    if (isFault(packet)) return packet;
    const said = readMqttPacket(packet, draft, chosen.nameLength);
    if ("fault" in said) return said;
    for (const part of said) parts.push(part);
    if (parts.length > chosen.batch)
      return limitFault(`more than ${chosen.batch} packets and topic filters in a message (\`batch\`)`);
  }
  const commit = (): void => {
    framed.commit();
    draft.commit();
  };
  return { ok: true, parts, commit };
}
