import * as fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { hasMqttLayout } from "./mqtt-layout.ts";

const version = (protocolVersion: number): { protocolVersion: number; bridgeMode: boolean } => ({
  protocolVersion,
  bridgeMode: false,
});
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");

/** One of each kind that has properties in MQTT 5. */
const packets: readonly Packet[] = [
  {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 5,
    clean: true,
    clientId: "c",
    keepalive: 10,
    username: "u",
    password: Buffer.from("p"),
    will: {
      topic: "w",
      payload: "gone",
      qos: 1,
      retain: true,
      properties: { willDelayInterval: 7, contentType: "t" },
    },
    properties: { sessionExpiryInterval: 1, receiveMaximum: 2, userProperties: { a: ["b", "c"] } },
  },
  { cmd: "connack", sessionPresent: false, reasonCode: 0, properties: { maximumQoS: 1, reasonString: "r" } },
  {
    cmd: "publish",
    topic: "t",
    payload: "p",
    qos: 1,
    messageId: 1,
    retain: false,
    dup: false,
    properties: { topicAlias: 1, correlationData: Buffer.from("c"), subscriptionIdentifier: [1, 200] },
  },
  { cmd: "publish", topic: "t", payload: "", qos: 0, retain: false, dup: false },
  { cmd: "puback", messageId: 1, reasonCode: 0, properties: { reasonString: "r" } },
  { cmd: "pubrec", messageId: 1 },
  { cmd: "pubrel", messageId: 1 },
  { cmd: "pubcomp", messageId: 1 },
  {
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [
      { topic: "a", qos: 0 },
      { topic: "b/#", qos: 2 },
    ],
    properties: { subscriptionIdentifier: 3 },
  },
  { cmd: "suback", messageId: 1, granted: [0, 128] },
  { cmd: "unsubscribe", messageId: 1, unsubscriptions: ["a", "b"] },
  { cmd: "unsuback", messageId: 1, granted: [0] },
  { cmd: "pingreq" },
  { cmd: "pingresp" },
  { cmd: "disconnect", reasonCode: 4, properties: { sessionExpiryInterval: 0 } },
  { cmd: "auth", reasonCode: 0, properties: { authenticationMethod: "m" } },
];

describe("hasMqttLayout", () => {
  it.each([4, 5])("accepts what the library writes in version %i", (protocolVersion) => {
    for (const packet of packets.filter(({ cmd }) => protocolVersion === 5 || cmd !== "auth")) {
      const fitting = packet.cmd === "connect" ? { ...packet, protocolVersion } : packet;
      const bytes = generate({ ...fitting, returnCode: 0 } as Packet, { protocolVersion });
      expect([packet.cmd, hasMqttLayout(bytes, version(protocolVersion))]).toEqual([packet.cmd, true]);
    }
  });

  it.each([
    ["c0 01 00", "a PINGREQ with a body"],
    ["e0 01 00", "a DISCONNECT of MQTT 3.1.1 with a body"],
    ["30 02 00 05", "a topic that leads out of its packet"],
    ["30 03 00 01 ff", "a topic that is no UTF-8"],
    ["30 03 00 01 00", "a topic with U+0000"],
    ["30 05 00 03 ed a0 80", "a topic with a surrogate"],
    ["82 02 00 01", "a SUBSCRIBE without a filter"],
    ["82 05 00 01 00 01 61", "a filter without its options"],
    ["82 07 00 01 00 01 61 00 00", "half a filter behind the last"],
    ["40 01 00", "half an identifier"],
    ["40 03 00 01 00", "a PUBACK of MQTT 3.1.1 with a reason"],
    ["10 0e 00 04 4d 51 54 54 04 02 00 00 00 01 61 00", "a CONNECT with something behind its end"],
  ])("refuses %s, %s", (bytes) => {
    expect(hasMqttLayout(hex(bytes), version(4))).toBe(false);
  });

  it.each([
    ["30 05 00 01 74 01 7f", "a property that nobody knows"],
    ["30 05 00 01 74 03 23", "properties that lead out of the packet"],
    ["30 07 00 01 74 02 23 00 01", "a value that leads out of its properties"],
    ["30 0a 00 01 74 06 23 00 01 23 00 02", "a topic alias that stands twice"],
    ["30 08 00 01 74 ff ff ff ff 01", "a length of more than four bytes"],
    ["30 08 00 01 74 04 08 00 01 ff", "a text property that is no UTF-8"],
  ])("refuses %s, %s (MQTT 5 2.2.2)", (bytes) => {
    expect(hasMqttLayout(hex(bytes), version(5))).toBe(false);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 40 }),
        fc.constantFrom(3, 4, 5),
        (bytes, protocol) => {
          expect(typeof hasMqttLayout(bytes, version(protocol))).toBe("boolean");
        },
      ),
      { numRuns: 300 },
    );
  });
});
