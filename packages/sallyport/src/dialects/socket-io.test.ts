import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOf, partOf, talk, type Talk } from "../../test/dialect-fixture.ts";
import { socketIo } from "./socket-io.ts";

/** A connection that has joined the main namespace. */
function joined(options: Readonly<Record<string, unknown>> = {}): Talk {
  const opened = talk(socketIo, options);
  partOf(opened.client("40"));
  partOf(opened.server('40{"sid":"a"}'));
  return opened;
}

const placeholder = '{"_placeholder":true,"num":0}';

describe("socket.io", () => {
  it("reads the packets of Engine.IO, of the side that sends them", () => {
    const { client, server } = talk(socketIo);
    const open = '{"sid":"a","upgrades":[],"pingInterval":25000}';
    expect(partOf(server(`0${open}`))).toEqual({
      kind: "open",
      name: null,
      id: null,
      data: JSON.parse(open),
      json: open,
      operations: [],
    });
    const sent: readonly (readonly [Talk["client"], string, string])[] = [
      [client, "2probe", "ping"],
      [server, "3probe", "pong"],
      [server, "6", "noop"],
      [client, "5", "upgrade"],
      [server, "2", "ping"],
      [client, "3", "pong"],
      [client, "1", "close"],
      [server, "1", "close"],
    ];
    for (const [say, text, kind] of sent)
      expect(partOf(say(text))).toEqual({
        kind,
        name: null,
        id: null,
        data: null,
        json: null,
        operations: [],
      });
  });

  it.each(['0{"sid":"a"}', "2", "3probe", "6", "", "7", "bAAEC", "x", "5probe"])(
    "refuses the Engine.IO packet %j of the client",
    (text) => {
      expect(faultOf(talk(socketIo).client(text))).toMatch(/^syntax/);
    },
  );

  it.each(["0{", "2probe", "3", "5"])("refuses the Engine.IO packet %j of the server", (text) => {
    expect(faultOf(talk(socketIo).server(text))).toMatch(/^syntax/);
  });

  it("reads namespaces, events and acknowledgements, which have the name of their event", () => {
    const { client, server } = talk(socketIo);
    expect(partOf(client('40/chat,{"token":"t"}'))).toMatchObject({
      kind: "connect",
      data: { namespace: "/chat", auth: { token: "t" } },
    });
    expect(partOf(server('40/chat,{"sid":"a"}'))).toMatchObject({ kind: "connect" });
    expect(partOf(client('42/chat,7["chat:send",{"room":1},"hi"]'))).toEqual({
      kind: "event",
      name: "chat:send",
      id: 7,
      data: { namespace: "/chat", args: [{ room: 1 }, "hi"] },
      json: '["chat:send",{"room":1},"hi"]',
      operations: [{ change: "begin", key: "ack:inbound:/chat,7" }],
    });
    expect(partOf(server('42/chat,7["tell"]'))).toMatchObject({
      operations: [{ change: "begin", key: "ack:outbound:/chat,7" }],
    });
    expect(partOf(server('43/chat,7["ok"]'))).toMatchObject({
      kind: "ack",
      name: "chat:send",
      id: 7,
      data: { namespace: "/chat", args: ["ok"] },
      operations: [{ change: "end", key: "ack:inbound:/chat,7" }],
    });
    expect(partOf(server('43/chat,7["ok"]'))).toMatchObject({ name: null, operations: [] });
    expect(partOf(client("43/chat,7[]"))).toMatchObject({ name: "tell" });
    expect(partOf(server('42/chat,["error"]'))).toMatchObject({ name: "error", id: null });
    expect(partOf(server("42/chat,[1]"))).toMatchObject({ name: "1" });
  });

  it("reads attachments in the name of what announced them, either way at once", () => {
    const { client, server } = joined();
    const announced = partOf(client(`452-3["file",${placeholder}]`));
    expect(announced).toMatchObject({ kind: "event", name: "file", data: { args: [new Uint8Array(0)] } });
    expect(faultOf(server(Buffer.from("x")))).toMatch(/^syntax: a binary message that no packet/);
    expect(partOf(client(Buffer.from("one")))).toEqual({
      kind: "attachment",
      name: "file",
      id: 3,
      data: { namespace: "/", index: 0, bytes: Buffer.from("one") },
      json: null,
      operations: [],
    });
    expect(faultOf(client('42["say"]'))).toMatch(/^syntax: a packet where attachments/);
    partOf(client("3"));
    expect(partOf(server('42["say"]')).name).toBe("say");
    expect(partOf(client(Buffer.from("two")))).toMatchObject({ data: { index: 1 } });
    expect(faultOf(client(Buffer.from("three")))).toMatch(/^syntax: a binary message that no packet/);
    expect(partOf(server(`461-3[${placeholder}]`))).toMatchObject({ kind: "ack", name: "file" });
    expect(partOf(server(Buffer.from("x")))).toMatchObject({ kind: "attachment", name: "file", id: 3 });
  });

  it("counts nothing of a message that does not go on", () => {
    const { client, drop } = joined();
    drop("inbound", `451-["file",${placeholder}]`);
    expect(faultOf(client(Buffer.from("x")))).toMatch(/^syntax/);
    partOf(client(`451-["file",${placeholder}]`));
    drop("inbound", Buffer.from("x"));
    partOf(client(Buffer.from("x")));
  });

  it("refuses what is said in a namespace that was not joined", () => {
    const { client, server } = talk(socketIo);
    expect(faultOf(client('42["say"]'))).toBe("syntax: an event in a namespace that was not joined");
    expect(faultOf(server('40{"sid":"a"}'))).toBe("syntax: lets into a namespace that was not asked for");
    expect(faultOf(server('44{"message":"no"}'))).toBe("syntax: refuses a namespace that was not asked for");
    partOf(client("40"));
    expect(faultOf(client('42["say"]'))).toBe("syntax: an event in a namespace that was not joined");
    expect(faultOf(client("41"))).toBe("syntax: leaves a namespace that was not joined");
    expect(faultOf(client('44{"message":"no"}'))).toBe("syntax: a connect_error from the client");
    expect(partOf(server('44{"message":"no"}'))).toMatchObject({
      kind: "connect_error",
      data: { namespace: "/", error: { message: "no" } },
    });
    expect(faultOf(client("430[]"))).toBe("syntax: an ack in a namespace that was not joined");
    partOf(client("40"));
    partOf(server('40{"sid":"a"}'));
    partOf(client('42["say"]'));
  });

  it("takes a namespace that is asked for twice, as clients do that connect twice", () => {
    const { client, server } = talk(socketIo);
    for (const say of [client, client, server, server]) partOf(say("40"));
    expect(partOf(client('42["say"]')).name).toBe("say");
  });

  it("lets what was on its way arrive when a namespace was left, and ends what waits in it", () => {
    const { client, server } = joined();
    partOf(client('421["a"]'));
    partOf(server('421["b"]'));
    expect(partOf(client("41"))).toMatchObject({
      kind: "disconnect",
      data: { namespace: "/" },
      operations: [
        { change: "end", key: "ack:inbound:/,1" },
        { change: "end", key: "ack:outbound:/,1" },
      ],
    });
    partOf(server('42["late"]'));
    expect(partOf(server("41")).operations).toEqual([]);
    partOf(client("40"));
    partOf(server('42["later"]'));
    partOf(server('40{"sid":"b"}'));
    partOf(client('421["a"]'));
  });

  it("refuses ids that are live from the same side", () => {
    const { client, server } = joined();
    partOf(client('421["a"]'));
    expect(faultOf(client('421["a"]'))).toMatch(/^syntax: an event with the id/);
    partOf(server('421["a"]'));
  });

  it("refuses the abuses that have ended servers", () => {
    const { client } = joined();
    expect(faultOf(client('42["error"]'))).toBe("syntax: the event `error` from the client");
    expect(faultOf(client('42["newListener"]'))).toMatch(/^syntax/);
    expect(faultOf(client('450-["x"]'))).toMatch(/^syntax/);
    expect(faultOf(client('45100000-["x"]'))).toMatch(/^limit: 100000 attachments/);
    expect(faultOf(client('451-["x",{"_placeholder":true,"num":"splice"}]'))).toMatch(/^syntax/);
  });

  it("bounds namespaces over the life of a connection, and events without acknowledgement", () => {
    const { client, server } = joined({ namespaces: 3, pending: 1 });
    for (const name of ["/a", "/b"]) {
      partOf(client(`40${name},`));
      partOf(server(`44${name},{"message":"Invalid namespace"}`));
    }
    expect(faultOf(client("40/c,"))).toBe("limit: more than 3 `namespaces` were asked for");
    partOf(client("40/a,"));
    partOf(client('421["a"]'));
    expect(faultOf(client('422["a"]'))).toBe("limit: too many events wait for acknowledgements (`pending`)");
    // Whoever does not acknowledge uses up nothing of what the other side may ask.
    expect(partOf(server('421["a"]')).kind).toBe("event");
    expect(faultOf(server('422["a"]'))).toBe("limit: too many events wait for acknowledgements (`pending`)");
  });

  it("never throws", () => {
    const { client, server } = joined();
    const piece = fc.constantFrom(
      "4",
      "0",
      "1",
      "2",
      "3",
      "5",
      "6",
      "-",
      "/a,",
      "[",
      "]",
      '"a"',
      "{}",
      placeholder,
    );
    const text = fc.array(piece).map((pieces) => pieces.join(""));
    const content = fc.oneof(text, fc.uint8Array({ maxLength: 4 }));
    fc.assert(
      fc.property(content, fc.boolean(), (one, isClient) => {
        const reading = (isClient ? client : server)(one);
        expect(typeof reading.ok).toBe("boolean");
      }),
      { numRuns: 500 },
    );
  });
});
