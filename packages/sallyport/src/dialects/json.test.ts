import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOf, partOf, talk } from "../../test/dialect-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { json } from "./json.ts";

describe("json", () => {
  it("reads name, id and data of any JSON, either way", () => {
    const { client, server } = talk(json);
    const text = '{"type":"say","id":7,"text":"hi"}';
    const part = { kind: "message", name: "say", id: 7, data: JSON.parse(text), json: text, operations: [] };
    expect(partOf(client(text))).toEqual(part);
    expect(partOf(server(text))).toEqual(part);
  });

  it.each([
    ['{"type":3,"id":true}', null, null],
    ["{}", null, null],
    ['"type"', null, null],
    ["null", null, null],
    ['[{"type":"x"}]', null, null],
    ['{"type":"x","id":"abc"}', "x", "abc"],
    ['{"__proto__":{"type":"x"}}', null, null],
  ])("says of %s: name %j, id %j", (text, name, id) => {
    expect(partOf(talk(json).client(text))).toMatchObject({ name, id });
  });

  it("reads the name where its option says, in objects and arrays (RFC 6901)", () => {
    const nested = talk(json, { name: "/event/a~1b", id: "/ref" });
    expect(partOf(nested.client('{"event":{"a/b":"x"},"ref":"r"}'))).toMatchObject({ name: "x", id: "r" });
    const phoenix = talk(json, { name: "/3", id: "/1" });
    expect(partOf(phoenix.client('["1","2","room:1","phx_join",{}]'))).toMatchObject({
      name: "phx_join",
      id: "2",
    });
    expect(partOf(talk(json, { name: "/01" }).client('["a","b"]')).name).toBeNull();
    expect(partOf(talk(json, { name: "/constructor/name" }).client("{}")).name).toBeNull();
  });

  it("refuses binary messages, and what is no JSON", () => {
    const { client } = talk(json);
    expect(faultOf(client(Buffer.from("{}")))).toMatch(/^syntax: a binary message/);
    for (const text of ["", "{", "undefined", "{'a':1}", "\ufeff{}", "{}x"])
      expect(faultOf(client(text))).toBe("syntax: not JSON");
  });

  it.each([
    '{"type":"a","type":"b"}',
    '{"type":"a","\\u0074ype":"b"}',
    '{"type":"a","id":1,"id":2}',
    '{"type":"a","Type":"b"}',
    '{"TYPE":"b"}',
  ])("refuses %s, which two readers read differently (RFC 8259 4)", (text) => {
    expect(faultOf(talk(json).client(text))).toMatch(/^syntax: a name that decides/);
  });

  it("refuses names on the way of a pointer that stand twice, and no others", () => {
    const { client } = talk(json, { name: "/event/name" });
    expect(faultOf(client('{"event":{"name":"a"},"event":{}}'))).toMatch(/^syntax/);
    expect(faultOf(client('{"event":{"name":"a","Name":"b"}}'))).toMatch(/^syntax/);
    expect(partOf(client('{"event":{"name":"a"},"x":{"name":1,"name":2,"Event":3}}')).name).toBe("a");
    expect(partOf(client('{"event":{"name":"a"},"Id":1}'))).toMatchObject({ name: "a", id: null });
  });

  it("refuses pointers that are none, or lead to the whole", () => {
    for (const name of ["", "type", "/~2", 7])
      expect(json.options.safeParse({ name }).error?.issues[0]?.message).toMatch(/expected a JSON Pointer/);
    expect(json.options.safeParse({ other: 1 }).success).toBe(false);
    expect(json.options.parse({})).toEqual({ name: "/type", id: "/id" });
    const unchecked = json.create({ name: "type", id: "/id" }).open(null);
    expect(partOf(unchecked.read(messageFixture('{"type":"a"}'))).name).toBeNull();
  });

  it("never throws, and finds what JSON.parse finds", () => {
    const { client } = talk(json);
    fc.assert(
      fc.property(fc.json(), fc.string(), (text, other) => {
        expect(partOf(client(text)).data).toEqual(JSON.parse(text));
        expect(typeof client(other).ok).toBe("boolean");
      }),
    );
  });
});
