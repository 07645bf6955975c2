import { Buffer } from "node:buffer";
import { type Packet, type Parser, parser } from "mqtt-packet";
import type { DialectFault } from "./dialect.ts";
import { syntaxFault } from "./fault.ts";
import { hasMqttLayout, type MqttRoom, type MqttVersion } from "./mqtt-layout.ts";

/** A CONNECT as the parser gives it; its types leave the bridges out. */
export type MqttConnect = Extract<Packet, { readonly cmd: "connect" }> & { readonly bridgeMode?: boolean };

/**
 * Parses whole packets, each by itself, with the parser of MQTT.js and Aedes. Refuses what that refuses, and what it lets through
 * against the standard. Never throws.
 */
export class MqttParser {
  readonly #found: { packet: Packet | null; failed: boolean } = { packet: null, failed: false };
  /** Kept from one packet to the next, since it is dear to make; never one that a CONNECT or a fault has left its traces in. */
  #kept: { readonly parsing: Parser; readonly version: MqttVersion } | null = null;

  /**
   * One packet.
   *
   * @param bytes the whole packet, and nothing else
   * @param version `null`: before CONNECT
   * @param room for the topic filters and properties of the packet, before it is parsed
   */
  parse(bytes: Uint8Array, version: MqttVersion | null, room?: MqttRoom): Packet | DialectFault {
    const settings = version ?? BEFORE_CONNECT;
    if (!hasMqttLayout(bytes, settings, room))
      return syntaxFault("a packet whose lengths or texts are wrong");
    const found = this.#found;
    found.packet = null;
    found.failed = false;
    const parsing = this.#kept?.version === settings ? this.#kept.parsing : this.#create(settings);
    this.#kept = null;
    try {
      parsing.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch {
      found.failed = true;
    }
    const { packet, failed } = this.#found;
    // Its errors may hold some of the packet.
    if (packet === null || failed) return syntaxFault("the MQTT parser refuses it");
    if (packet.cmd !== "connect") this.#kept = { parsing, version: settings };
    return NUMBERED.has(packet.cmd) && packet.messageId === 0
      ? syntaxFault("a packet whose identifier is 0")
      : packet;
  }

  #create(settings: MqttVersion): Parser {
    const parsing = parser(settings);
    parsing.on("packet", (packet) => void (this.#found.packet = packet));
    parsing.on("error", () => void (this.#found.failed = true));
    return parsing;
  }
}

/** CONNECT says its version itself; anything else is refused then. */
const BEFORE_CONNECT: MqttVersion = { protocolVersion: 4, bridgeMode: false };

/** Packets that carry an identifier, besides PUBLISH with acknowledgement (MQTT 5 2.2.1). */
const NUMBERED: ReadonlySet<string> = new Set(["subscribe", "unsubscribe"]);
