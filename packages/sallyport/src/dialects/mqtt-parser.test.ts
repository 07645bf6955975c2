import * as fc from "fast-check";
import { generate } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { MqttParser } from "./mqtt-parser.ts";

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const v4 = { protocolVersion: 4, bridgeMode: false };
const v5 = { protocolVersion: 5, bridgeMode: false };

const parseMqttPacket: MqttParser["parse"] = (bytes, version) => new MqttParser().parse(bytes, version);

describe("MqttParser", () => {
  it("parses a whole packet, by the version that CONNECT has settled", () => {
    const publish = { cmd: "publish", topic: "t", payload: "p", qos: 0, retain: false, dup: false } as const;
    expect(parseMqttPacket(generate(publish), v4)).toMatchObject({ cmd: "publish", topic: "t" });
    const aliased = generate({ ...publish, properties: { topicAlias: 3 } }, { protocolVersion: 5 });
    expect(parseMqttPacket(aliased, v5)).toMatchObject({ properties: { topicAlias: 3 } });
  });

  it("parses CONNECT of any version before one is settled", () => {
    for (const protocolVersion of [4, 5] as const) {
      const connect = generate({ cmd: "connect", clientId: "c", protocolVersion }, { protocolVersion });
      expect(parseMqttPacket(connect, null)).toMatchObject({
        cmd: "connect",
        clientId: "c",
        protocolVersion,
      });
    }
  });

  it.each([
    ["00 00", "a packet of type 0"],
    ["36 05 00 01 74 00 01", "QoS 3"],
    ["80 06 00 01 00 01 61 00", "a SUBSCRIBE whose flags are wrong"],
    ["82 06 00 01 00 01 61 03", "a SUBSCRIBE with QoS 3"],
    ["82 06 00 00 00 01 61 00", "a SUBSCRIBE whose identifier is 0"],
    ["a2 05 00 00 00 01 61", "an UNSUBSCRIBE whose identifier is 0"],
    ["f0 00", "an AUTH in MQTT 3.1.1"],
    ["10 0d 00 04 58 51 54 54 04 02 00 00 00 01 61", "a CONNECT of another protocol"],
    ["10 0d 00 04 4d 51 54 54 07 02 00 00 00 01 61", "a CONNECT of another version"],
    ["c0 01 00", "a PINGREQ with a body"],
  ])("refuses %s, %s", (bytes) => {
    expect(parseMqttPacket(hex(bytes), v4)).toMatchObject({ ok: false, fault: "syntax" });
  });

  it("parses each packet by itself, whatever came before", () => {
    const mqttParser = new MqttParser();
    const publish = { cmd: "publish", topic: "t", payload: "p", qos: 0, retain: false, dup: false } as const;
    const told = { cmd: "publish", topic: "t", payload: Buffer.from("p") };
    const connect = generate({ cmd: "connect", clientId: "c", protocolVersion: 5 }, { protocolVersion: 5 });
    for (const before of [generate(publish), hex("36 05 00 01 74 00 01"), hex("c0 01 00"), connect]) {
      mqttParser.parse(before, v4);
      expect(mqttParser.parse(generate(publish), v4)).toMatchObject(told);
      expect(mqttParser.parse(generate(publish, { protocolVersion: 5 }), v5)).toMatchObject(told);
    }
  });

  it("tells nothing of the packet", () => {
    const secret = hex("10 0d 00 04 58 51 54 54 04 02 00 00 00 01 61");
    expect(JSON.stringify(parseMqttPacket(secret, v4))).not.toContain("XQTT");
  });

  it("never throws", () => {
    const flags = fc.constantFrom(
      ...Array.from({ length: 16 }, (_, type) => type * 16),
      0x82,
      0xa2,
      0x62,
      0x33,
    );
    const body = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(flags, body, fc.constantFrom(v4, v5, null), (first, bytes, version) => {
        const packet = Buffer.concat([Buffer.from([first, bytes.length]), bytes]);
        expect(parseMqttPacket(packet, version)).toBeTypeOf("object");
      }),
      { numRuns: 500 },
    );
  });
});
