import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DialectFault } from "./dialect.ts";
import { MqttFraming, type MqttFramingLimits, type MqttPackets } from "./mqtt-framing.ts";

/** A reading without its function. */
function plain(read: MqttPackets | DialectFault): object {
  return "fault" in read ? read : read.packets;
}

/** What a framing makes of chunks, in hex; each is read twice, then kept. */
function cut(chunks: readonly Uint8Array[], limits: Partial<MqttFramingLimits> = {}): readonly string[] {
  const framing = new MqttFraming({ packet: 1000, batch: 100, ...limits });
  const found: string[] = [];
  for (const chunk of chunks) {
    const first = framing.read(chunk);
    expect(plain(framing.read(chunk))).toEqual(plain(first));
    if ("fault" in first) return [...found, `${first.fault}: ${first.problem}`];
    found.push(...first.packets.map((packet) => Buffer.from(packet).toString("hex")));
    first.commit();
  }
  return found;
}

const hex = (text: string): Uint8Array => Buffer.from(text, "hex");

describe("MqttFraming", () => {
  it.each([
    [[""], []],
    [["c000"], ["c000"]],
    [["c000d000"], ["c000", "d000"]],
    [
      ["c0", "00d0", "00"],
      ["c000", "d000"],
    ],
    [
      ["3003616263c0", "00"],
      ["3003616263", "c000"],
    ],
    [["30", "03", "61", "62", "63"], ["3003616263"]],
    [[`308001${"00".repeat(128)}`], [`308001${"00".repeat(128)}`]],
  ])("finds in the messages %j the packets %j (MQTT 5 6.0)", (messages, packets) => {
    expect(cut(messages.map(hex))).toEqual(packets);
  });

  it("refuses lengths of more than four bytes (MQTT 5 1.5.5)", () => {
    expect(cut([hex("30ffff"), hex("ffff01")])).toEqual([
      expect.stringMatching(/^syntax: a packet whose length/),
    ]);
  });

  it("bounds packets by what they announce, and their number", () => {
    expect(cut([hex("30e507")])).toEqual([]);
    expect(cut([hex("30e607")])).toEqual(["limit: a packet of 1001 bytes, and `packet` is 1000"]);
    expect(cut([hex("30ffffff7f")])).toEqual([expect.stringMatching(/^limit: a packet of 268435460 bytes/)]);
    expect(cut([hex("c000".repeat(2))], { batch: 2 })).toHaveLength(2);
    expect(cut([hex("c000".repeat(3))], { batch: 2 })).toEqual([
      "limit: more than 2 packets in a message (`batch`)",
    ]);
  });

  it("keeps a copy of what is not whole yet", () => {
    const framing = new MqttFraming({ packet: 100, batch: 10 });
    const borrowed = Buffer.from("300361", "hex");
    const first = framing.read(borrowed);
    if ("commit" in first) first.commit();
    borrowed.fill(0xff);
    const last = framing.read(hex("6263"));
    expect("packets" in last && last.packets.map((packet) => Buffer.from(packet).toString("hex"))).toEqual([
      "3003616263",
    ]);
  });

  it("finds the same packets however the bytes are cut", () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 });
    const cuts = fc.array(fc.nat(1500), { maxLength: 12 });
    fc.assert(
      fc.property(bodies, cuts, (list, places) => {
        const packets = list.map((body) => {
          const length =
            body.length < 128 ? [body.length] : [(body.length % 128) + 128, Math.floor(body.length / 128)];
          return Buffer.concat([Buffer.from([0x30, ...length]), body]);
        });
        const all = Buffer.concat(packets);
        const edges = [
          0,
          ...places.map((place) => Math.min(place, all.length)).sort((a, b) => a - b),
          all.length,
        ];
        const chunks = edges.slice(1).map((end, index) => all.subarray(edges[index], end));
        expect(cut(chunks)).toEqual(packets.map((packet) => packet.toString("hex")));
      }),
    );
  });
});
