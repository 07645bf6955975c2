import { Buffer } from "node:buffer";
import { parser, type Packet } from "mqtt-packet";
import type { DialectFault } from "./dialect.ts";
import { syntaxFault } from "./fault.ts";
import { hasMqttLayout, type MqttVersion } from "./mqtt-layout.ts";

/** A CONNECT as the parser gives it; its types leave the bridges out. */
export type MqttConnect = Extract<Packet, { readonly cmd: "connect" }> & { readonly bridgeMode?: boolean };

/**
 * Parses one whole packet, with the parser of MQTT.js and Aedes, which gets that packet alone and so keeps nothing. Refuses what it
 * refuses, and what it lets through against the standard. Never throws.
 *
 * @param version `null`: before CONNECT
 */
export function parseMqttPacket(bytes: Uint8Array, version: MqttVersion | null): Packet | DialectFault {
  const settings: MqttVersion = version ?? { protocolVersion: 4, bridgeMode: false };
  if (!hasMqttLayout(bytes, settings)) return syntaxFault("a packet whose lengths or texts are wrong");
  const found: { packet?: Packet; failed?: boolean } = {};
  const parsing = parser(settings);
  parsing.on("packet", (packet) => void (found.packet = packet));
  parsing.on("error", () => void (found.failed = true));
  try {
    parsing.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    found.failed = true;
  }
  // Its errors may hold some of the packet.
  if (found.packet === undefined || found.failed === true) return syntaxFault("the MQTT parser refuses it");
  return NUMBERED.has(found.packet.cmd) && found.packet.messageId === 0
    ? syntaxFault("a packet whose identifier is 0")
    : found.packet;
}

/** Packets that carry an identifier, besides PUBLISH with acknowledgement (MQTT 5 2.2.1). */
const NUMBERED: ReadonlySet<string> = new Set(["subscribe", "unsubscribe"]);
