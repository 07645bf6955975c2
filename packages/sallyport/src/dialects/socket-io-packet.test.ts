import * as fc from "fast-check";
import { Encoder, PacketType } from "socket.io-parser";
import { describe, expect, it } from "vitest";
import { readSocketIoPacket } from "./socket-io-packet.ts";

const limits = { attachments: 10, nameLength: 256 };
const read = (text: string): object => readSocketIoPacket(text, limits);

describe("readSocketIoPacket", () => {
  it.each([
    ["0", { type: "connect", namespace: "/", id: null, data: undefined, json: null, attachments: 0 }],
    [
      '0/admin,{"token":"t"}',
      { type: "connect", namespace: "/admin", data: { token: "t" }, json: '{"token":"t"}' },
    ],
    ["1", { type: "disconnect", namespace: "/" }],
    ["1/admin,", { type: "disconnect", namespace: "/admin" }],
    ['2["say",{"a":1}]', { type: "event", id: null, name: "say", data: [{ a: 1 }] }],
    [
      '2/admin,13["say"]',
      { type: "event", namespace: "/admin", id: 13, name: "say", data: [], json: '["say"]' },
    ],
    ["20[7]", { type: "event", id: 0, name: "7", data: [] }],
    ["313[]", { type: "ack", id: 13, name: null, data: [] }],
    ['4{"message":"no"}', { type: "connect_error", data: { message: "no" } }],
    ['4"no"', { type: "connect_error", data: "no" }],
    [
      '51-/a,3["x",{"_placeholder":true,"num":0}]',
      { type: "event", namespace: "/a", id: 3, name: "x", data: [new Uint8Array(0)], attachments: 1 },
    ],
    [
      '62-3[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
      { type: "ack", id: 3, attachments: 2 },
    ],
  ])("reads %s", (text, packet) => {
    expect(read(text)).toMatchObject(packet);
  });

  it.each([
    "",
    "7",
    "9[]",
    "2",
    "2{}",
    "2[]",
    "2[null]",
    '2[["say"]]',
    '2["say"',
    '2"say"',
    '2 ["say"]',
    '207["say"]',
    '2/admin["say"]',
    '2/admin?token=x,["say"]',
    '21-["say"]',
    "3[]",
    "31",
    "31{}",
    "0[]",
    "07",
    "1{}",
    "112",
    "4",
    "41{}",
    "4[]",
    '5["x"]',
    '50-["x"]',
    '51-["x",{"_placeholder":true,"num":1}]',
    '51-["x",{"_placeholder":true,"num":"splice"}]',
    '51-["x",{"_placeholder":true,"num":-1}]',
    '5-1-["x"]',
    '51.0-["x"]',
    '51e1-["x"]',
    "29999999999999999[7]",
    ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].map(
      (name) => `2["${name}"]`,
    ),
  ])("refuses %s", (text) => {
    expect(read(text)).toMatchObject({ ok: false, fault: "syntax" });
  });

  it("bounds attachments, however many are announced, and names (CVE-2026-33151)", () => {
    expect(read('511-["x"]')).toMatchObject({
      fault: "limit",
      problem: "11 attachments, and `attachments` is 10",
    });
    expect(read('5100000000-["x"]')).toMatchObject({ fault: "limit" });
    expect(read('510000000000000000-["x"]')).toMatchObject({ fault: "syntax" });
    expect(read('51-["x"]')).toMatchObject({ attachments: 1 });
    expect(read(`2["${"x".repeat(257)}"]`)).toMatchObject({ fault: "limit" });
    expect(read(`0/${"x".repeat(256)},`)).toMatchObject({ fault: "limit" });
    expect(readSocketIoPacket('51-["x"]', { attachments: 0, nameLength: 256 })).toMatchObject({
      fault: "limit",
    });
  });

  it.each([
    ['2["x",{"io":1,"\\u0062":2}]', { io: 1, b: 2 }],
    ['51-["x",{"io":1,"\\u0062":{"_placeholder":true,"num":0}}]', { io: 1, b: new Uint8Array(0) }],
  ])("reads names of %s as they are written, whatever was read before (nodejs/node#63785)", (text, data) => {
    read('2["x",{"io":1,"\\\\":1}]');
    expect(read(text)).toMatchObject({ data: [data] });
  });

  it("survives what is nested deeper than the parser can follow", () => {
    const deep = `51-["x",${"[".repeat(100_000)}${"]".repeat(100_000)}]`;
    expect(read(deep)).toMatchObject({ fault: "syntax" });
  });

  it("tells nothing of the packet", () => {
    expect(JSON.stringify(read('2["secret"'))).not.toContain("secret");
  });

  it("reads what the encoder of Socket.IO writes", () => {
    const data = fc.tuple(fc.constantFrom("say", "a,b", "1"), fc.jsonValue());
    const id = fc.option(fc.nat(), { nil: undefined });
    fc.assert(
      fc.property(data, id, fc.constantFrom("/", "/admin"), (said, wanted, nsp) => {
        const packet = {
          type: PacketType.EVENT,
          nsp,
          data: said,
          ...(wanted !== undefined && { id: wanted }),
        };
        const [text] = new Encoder().encode(packet);
        expect(read(String(text))).toMatchObject({
          type: "event",
          namespace: nsp,
          id: wanted ?? null,
          name: said[0],
          data: [JSON.parse(JSON.stringify(said[1]))],
        });
      }),
    );
  });

  it("never throws", () => {
    const piece = fc.constantFrom(
      "0",
      "1",
      "2",
      "5",
      "6",
      "-",
      "/",
      ",",
      "[",
      "]",
      '"a"',
      "{",
      "}",
      "7",
      " ",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (one) => {
        expect(read(one)).toBeTypeOf("object");
      }),
    );
  });
});
