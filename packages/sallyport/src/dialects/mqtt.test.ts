import * as fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { faultOf, partOf, partsOf, talk, type Talk } from "../../test/dialect-fixture.ts";
import { mqtt } from "./mqtt.ts";

type Version = 3 | 4 | 5;

function bytes(packet: object, protocolVersion: Version = 4): Buffer {
  return generate(packet as Packet, { protocolVersion });
}

function connect(protocolVersion: Version = 4, more: object = {}): Buffer {
  const protocolId = protocolVersion === 3 ? "MQIsdp" : "MQTT";
  return bytes({ cmd: "connect", clientId: "c", protocolId, protocolVersion, ...more }, protocolVersion);
}

/** A connection whose CONNECT was accepted. */
function connected(
  protocolVersion: Version = 4,
  options: Readonly<Record<string, unknown>> = {},
): Talk & { readonly send: (packet: object) => Buffer } {
  const opened = talk(mqtt, options);
  partsOf(opened.client(connect(protocolVersion)));
  const send = (packet: object): Buffer => bytes(packet, protocolVersion);
  partOf(opened.server(send({ cmd: "connack", returnCode: 0, reasonCode: 0, sessionPresent: false })));
  return { ...opened, send };
}

function publish(topic: string, payload: string | Buffer = "p", more: object = {}): object {
  return { cmd: "publish", topic, payload, qos: 0, ...more };
}

describe("mqtt", () => {
  it("reads CONNECT, with the client's id as its name and never its password", () => {
    const password = Buffer.from("secret");
    const part = partOf(
      talk(mqtt).client(connect(4, { username: "ada", password, clean: false, keepalive: 30 })),
    );
    expect(part).toEqual({
      kind: "connect",
      name: "c",
      id: null,
      data: { clientId: "c", username: "ada", version: 4, clean: false, keepalive: 30, will: null },
      json: null,
      operations: [],
    });
    const nameless = partOf(talk(mqtt).client(connect(4, { clientId: "", clean: true })));
    expect(nameless).toMatchObject({ name: null, data: { clientId: "", username: null } });
    expect(partOf(talk(mqtt).client(connect(3))).data).toMatchObject({ version: 3 });
  });

  it("reads a will as something that the client publishes", () => {
    const properties = { responseTopic: "answers" };
    const will = { topic: "attic/gone", payload: '{"a":1}', qos: 1, retain: true, properties };
    const [first, second] = partsOf(talk(mqtt).client(connect(5, { will })));
    expect(first).toMatchObject({ kind: "connect", data: { will: "attic/gone" } });
    expect(second).toEqual({
      kind: "publish",
      name: "attic/gone",
      id: null,
      data: { payload: { a: 1 }, qos: 1, retain: true, will: true, responseTopic: "answers" },
      json: '{"a":1}',
      operations: [],
    });
    const [, plain] = partsOf(talk(mqtt).client(connect(4, { will: { topic: "t", payload: "gone" } })));
    expect(plain).toMatchObject({ data: { payload: "gone", qos: 0, responseTopic: null }, json: null });
    const wildcard = connect(4, { will: { topic: "tt", payload: "gone" } });
    wildcard.write("#", wildcard.indexOf("tt"));
    expect(faultOf(talk(mqtt).client(wildcard))).toMatch(/^syntax: a topic that is empty or has wildcards/);
  });

  it("reads what is published, either way: JSON, text or bytes", () => {
    const { client, server, send } = connected();
    const told = { qos: 0, retain: false, will: false, responseTopic: null };
    expect(partOf(client(send(publish("a/b", '{"x":1}'))))).toEqual({
      kind: "publish",
      name: "a/b",
      id: null,
      data: { ...told, payload: { x: 1 } },
      json: '{"x":1}',
      operations: [],
    });
    expect(partOf(server(send(publish("a/b", "grüße"))))).toMatchObject({
      name: "a/b",
      data: { payload: "grüße" },
      json: null,
    });
    const raw = Buffer.from([0xff, 0]);
    expect(partOf(client(send(publish("t", raw, { qos: 1, messageId: 9 }))))).toMatchObject({
      id: 9,
      data: { payload: raw, qos: 1 },
    });
    expect(partOf(client(send(publish("t", ""))))).toMatchObject({ data: { payload: "" } });
  });

  it("reads one part for each topic filter, and begins a subscription with it", () => {
    const { client, server, send } = connected();
    const subscriptions = [
      { topic: "a/#", qos: 1 },
      { topic: "$share/g/b", qos: 0 },
    ];
    const parts = partsOf(client(send({ cmd: "subscribe", messageId: 5, subscriptions })));
    expect(parts).toEqual([
      {
        kind: "subscribe",
        name: "a/#",
        id: 5,
        data: { filter: "a/#", share: null, qos: 1 },
        json: null,
        operations: [{ change: "begin", key: "topic:a/#" }],
      },
      {
        kind: "subscribe",
        name: "b",
        id: 5,
        data: { filter: "$share/g/b", share: "g", qos: 0 },
        json: null,
        operations: [{ change: "begin", key: "topic:$share/g/b" }],
      },
    ]);
    expect(partOf(server(send({ cmd: "suback", messageId: 5, granted: [1, 128] })))).toMatchObject({
      kind: "suback",
      id: 5,
      data: { codes: [1, 128] },
      operations: [{ change: "end", key: "topic:$share/g/b" }],
    });
    const left = partsOf(client(send({ cmd: "unsubscribe", messageId: 6, unsubscriptions: ["a/#", "b"] })));
    expect(left.map(({ name, operations }) => [name, operations])).toEqual([
      ["a/#", [{ change: "end", key: "topic:a/#" }]],
      ["b", [{ change: "end", key: "topic:b" }]],
    ]);
    expect(partOf(server(send({ cmd: "unsuback", messageId: 6 })))).toMatchObject({
      id: 6,
      data: { codes: [] },
    });
    const short = { cmd: "subscribe", messageId: 5, subscriptions };
    partsOf(client(send(short)));
    expect(partOf(server(send({ cmd: "suback", messageId: 5, granted: [128] }))).operations).toHaveLength(1);
    partsOf(client(send(short)));
  });

  it("reads the other packets", () => {
    const { client, server, send } = connected(5);
    expect(partOf(client(send({ cmd: "pingreq" })))).toMatchObject({
      kind: "pingreq",
      name: null,
      data: null,
    });
    expect(partOf(server(send({ cmd: "pingresp" })))).toMatchObject({ kind: "pingresp" });
    for (const cmd of ["puback", "pubrec", "pubrel", "pubcomp"])
      for (const say of [client, server])
        expect(partOf(say(send({ cmd, messageId: 3 })))).toMatchObject({
          kind: cmd,
          id: 3,
          data: { code: 0 },
        });
    expect(partOf(server(send({ cmd: "unsuback", messageId: 6, granted: [17] }))).data).toEqual({
      codes: [17],
    });
    expect(partOf(client(send({ cmd: "auth", reasonCode: 24 })))).toMatchObject({ data: { code: 24 } });
    expect(partOf(server(send({ cmd: "disconnect", reasonCode: 130 })))).toMatchObject({
      data: { code: 130 },
    });
    const v4 = connected(4);
    expect(partOf(v4.client(v4.send({ cmd: "disconnect" })))).toMatchObject({ data: { code: 0 } });
    const refused = talk(mqtt);
    partOf(refused.client(connect()));
    const connack = bytes({ cmd: "connack", returnCode: 5, sessionPresent: false });
    expect(partOf(refused.server(connack)).data).toEqual({ code: 5, session: false });
  });

  it("reads packets in messages that cut or join them (MQTT 5 6.0)", () => {
    const { client, server } = talk(mqtt);
    const hello = connect();
    expect(partsOf(client(hello.subarray(0, 1)))).toEqual([]);
    expect(partsOf(client(hello.subarray(1, 9)))).toEqual([]);
    const both = Buffer.concat([hello.subarray(9), bytes(publish("a")), bytes(publish("b")).subarray(0, 3)]);
    expect(partsOf(client(both)).map(({ kind, name }) => [kind, name])).toEqual([
      ["connect", "c"],
      ["publish", "a"],
    ]);
    expect(partOf(client(bytes(publish("b")).subarray(3))).name).toBe("b");
    const connack = bytes({ cmd: "connack", returnCode: 0, sessionPresent: false });
    const answers = Buffer.concat([connack, bytes(publish("x"))]);
    expect(partsOf(server(answers)).map(({ kind }) => kind)).toEqual(["connack", "publish"]);
  });

  it("keeps nothing of a message that does not go on", () => {
    const { client, drop, send } = connected();
    drop("inbound", send(publish("abc")).subarray(0, 3));
    expect(partOf(client(send(publish("x")))).name).toBe("x");
    const subscribe = send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "a", qos: 0 }] });
    drop("inbound", subscribe);
    partOf(client(subscribe));
  });

  it("resolves topic aliases, of each side (MQTT 5 3.3.2.3.4)", () => {
    const { client, server, drop, send } = connected(5, { aliases: 2 });
    const aliased = (topic: string, topicAlias: number): Buffer =>
      send(publish(topic, "p", { properties: { topicAlias } }));
    const unknown = /^syntax: a topic alias that was not given/;
    expect(faultOf(client(aliased("", 1)))).toMatch(unknown);
    drop("inbound", aliased("a", 1));
    expect(faultOf(client(aliased("", 1)))).toMatch(unknown);
    const given = partsOf(client(Buffer.concat([aliased("a", 1), aliased("", 1), aliased("b", 1)])));
    expect(given.map(({ name }) => name)).toEqual(["a", "a", "b"]);
    expect(partOf(client(aliased("", 1))).name).toBe("b");
    expect(faultOf(server(aliased("", 1)))).toMatch(unknown);
    partOf(client(aliased("c", 2)));
    expect(faultOf(client(aliased("d", 3)))).toBe("limit: more than 2 topic `aliases`");
    partOf(client(aliased("d", 2)));
    expect(faultOf(client(aliased("d", 0)))).toBe("syntax: the topic alias 0");
    const answer = send(publish("q", "p", { properties: { responseTopic: "r" } }));
    expect(partOf(client(answer)).data).toMatchObject({ responseTopic: "r" });
  });

  it("counts aliases that one message gives", () => {
    const { client, send } = connected(5, { aliases: 1 });
    const aliases = [1, 2].map((topicAlias) => send(publish("a", "p", { properties: { topicAlias } })));
    expect(faultOf(client(Buffer.concat(aliases)))).toMatch(/^limit: .*`aliases`/);
  });

  it("refuses what comes before CONNECT or CONNACK, and a second one (MQTT 5 3.1.0, 3.2.0)", () => {
    const { client, server } = talk(mqtt);
    const connack = bytes({ cmd: "connack", returnCode: 0, sessionPresent: false });
    expect(faultOf(client(bytes(publish("a"))))).toBe("syntax: `publish` before `connect`");
    expect(faultOf(server(connack))).toBe("syntax: `connack` before `connect`");
    partOf(client(connect()));
    expect(faultOf(server(bytes(publish("a"))))).toBe("syntax: `publish` before `connack`");
    partOf(client(bytes(publish("a"))));
    partOf(server(connack));
    expect(faultOf(client(connect()))).toBe("syntax: a second `connect`");
    expect(faultOf(server(connack))).toBe("syntax: a second `connack`");
    const refused = talk(mqtt);
    partOf(refused.client(connect(5)));
    partOf(refused.server(bytes({ cmd: "auth", reasonCode: 24 }, 5)));
    partOf(refused.server(bytes({ cmd: "disconnect", reasonCode: 130 }, 5)));
  });

  it("refuses packets of the wrong side", () => {
    const { client, server, send } = connected();
    const subscribe = { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "a", qos: 0 }] };
    expect(faultOf(server(send(subscribe)))).toBe("syntax: `subscribe` from the wrong side");
    expect(faultOf(server(send({ cmd: "pingreq" })))).toBe("syntax: `pingreq` from the wrong side");
    expect(faultOf(client(send({ cmd: "suback", messageId: 1, granted: [0] })))).toMatch(/wrong side$/);
  });

  it("refuses topics and filters that are none, and identifiers that are taken or 0", () => {
    const { client, send } = connected();
    const subscribe = (topic: string, messageId = 1): Buffer => {
      const packet = send({ cmd: "subscribe", messageId, subscriptions: [{ topic: "a/bb", qos: 0 }] });
      packet.write(topic, packet.indexOf("a/bb"));
      return packet;
    };
    const wildcard = send(publish("aa"));
    wildcard.write("#", wildcard.indexOf("aa"));
    expect(faultOf(client(wildcard))).toMatch(/^syntax: a topic that is empty or has wildcards/);
    const nowhere = Buffer.from([0x30, 2, 0, 0]);
    expect(faultOf(client(nowhere))).toMatch(/^syntax: a topic that is empty or has wildcards/);
    expect(faultOf(client(subscribe("a#/b")))).toBe("syntax: a topic filter that is none");
    const unsubscribe = send({ cmd: "unsubscribe", messageId: 1, unsubscriptions: ["aa"] });
    unsubscribe.write("a#", unsubscribe.indexOf("aa"));
    expect(faultOf(client(unsubscribe))).toBe("syntax: a topic filter that is none");
    const unnumbered = send(publish("a", "p", { qos: 1, messageId: 1 }));
    unnumbered[6] = 0;
    expect(faultOf(client(unnumbered))).toBe("syntax: a packet whose identifier is 0");
    partOf(client(subscribe("a/bb")));
    expect(faultOf(client(subscribe("a/bb")))).toMatch(/^syntax: a `subscribe` with the identifier of one/);
  });

  it("refuses text messages, what is no MQTT, and a version of another protocol", () => {
    expect(faultOf(talk(mqtt).client("x"))).toMatch(/^syntax: a text message/);
    expect(faultOf(talk(mqtt).client(Buffer.from("ffffffffff", "hex")))).toMatch(
      /^syntax: a packet whose length/,
    );
    expect(faultOf(talk(mqtt).client(Buffer.from("0000", "hex")))).toBe("syntax: the MQTT parser refuses it");
    const hello = connect(3);
    hello[hello.indexOf("MQIsdp") + 6] = 4;
    expect(faultOf(talk(mqtt).client(hello))).toBe("syntax: a protocol version of another protocol");
  });

  it("knows bridges by their version", () => {
    const hello = connect();
    hello[hello.indexOf("MQTT") + 4] = 0x84;
    expect(partOf(talk(mqtt).client(hello)).data).toMatchObject({ version: 4 });
  });

  it("bounds the properties of all packets of a message together, before it parses them", () => {
    const { client, send } = connected(5, { batch: 2 });
    const having = (count: number): Buffer =>
      send(
        publish("t", "p", { properties: { userProperties: { a: Array.from({ length: count }, () => "") } } }),
      );
    expect(partsOf(client(Buffer.concat([having(10), having(10)])))).toHaveLength(2);
    expect(faultOf(client(Buffer.concat([having(10), having(11)])))).toMatch(/^limit: .*properties.*`batch`/);
    expect(partsOf(client(having(20)))).toHaveLength(1);
  });

  it("bounds packets, their number, names and filters by its options", () => {
    const options = { packet: "64B", batch: 2, pending: 1, nameLength: 16 };
    const { client, send } = connected(4, options);
    const long = "a".repeat(17);
    expect(faultOf(client(send(publish("a", "p".repeat(64)))))).toMatch(/^limit: a packet of 69 bytes/);
    expect(faultOf(client(Buffer.concat([1, 2, 3].map(() => send({ cmd: "pingreq" })))))).toMatch(/`batch`/);
    const unsubscriptions = ["a", "b", "c"];
    expect(faultOf(client(send({ cmd: "unsubscribe", messageId: 1, unsubscriptions })))).toMatch(/`batch`/);
    expect(faultOf(client(send(publish(long))))).toMatch(/^limit: a topic of 17 characters/);
    expect(faultOf(client(send({ cmd: "unsubscribe", messageId: 1, unsubscriptions: [long] })))).toMatch(
      /^limit: a topic filter of 17 characters/,
    );
    const subscriptions = ["a", "b"].map((topic) => ({ topic, qos: 0 }));
    expect(faultOf(client(send({ cmd: "subscribe", messageId: 1, subscriptions })))).toMatch(/`pending`/);
    expect(faultOf(talk(mqtt, options).client(connect(4, { will: { topic: long, payload: "p" } })))).toMatch(
      /^limit: a topic of 17/,
    );
    expect(mqtt.options.parse({})).toMatchObject({ packet: 262_144, batch: 1000, aliases: 100 });
  });

  it("reads the same however the bytes are cut, and never throws", () => {
    const subscriptions = [{ topic: "a", qos: 0 }];
    const all = Buffer.concat([
      connect(5, { will: { topic: "w", payload: "gone" } }),
      bytes(publish("a", "p", { properties: { topicAlias: 1 } }), 5),
      bytes(publish("", "q".repeat(200), { properties: { topicAlias: 1 } }), 5),
      bytes({ cmd: "subscribe", messageId: 1, subscriptions }, 5),
      bytes({ cmd: "pingreq" }, 5),
    ]);
    const whole = partsOf(talk(mqtt).client(all));
    expect(whole).toHaveLength(6);
    const cuts = fc.array(fc.nat(all.length), { maxLength: 10 });
    fc.assert(
      fc.property(cuts, (places) => {
        const { client } = talk(mqtt);
        const edges = [0, ...places.toSorted((a, b) => a - b), all.length];
        const chunks = edges.slice(1).map((end, index) => all.subarray(edges[index], end));
        expect(chunks.flatMap((chunk) => partsOf(client(chunk)))).toEqual(whole);
      }),
    );
    const change = fc.tuple(fc.nat(all.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Buffer.from(all);
        for (const [place, byte] of changes) changed[place] = byte;
        expect(typeof talk(mqtt).client(changed).ok).toBe("boolean");
      }),
      { numRuns: 300 },
    );
  });
});
