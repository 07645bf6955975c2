import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOf, partOf, talk, type Talk } from "../../test/dialect-fixture.ts";
import { graphqlTransportWs } from "./graphql-transport-ws.ts";

/** A connection whose `connection_init` was acknowledged. */
function acknowledged(options: Readonly<Record<string, unknown>> = {}): Talk {
  const opened = talk(graphqlTransportWs, options);
  partOf(opened.client('{"type":"connection_init"}'));
  partOf(opened.server('{"type":"connection_ack"}'));
  return opened;
}

function subscribe(id: string, query: string, payload: object = {}): string {
  return JSON.stringify({ type: "subscribe", id, payload: { query, ...payload } });
}

describe("graphql-transport-ws", () => {
  it("reads a whole exchange, and names what is sent for an operation", () => {
    const { client, server } = talk(graphqlTransportWs);
    const token = { token: "t" };
    const init = JSON.stringify({ type: "connection_init", payload: token });
    expect(partOf(client(init))).toEqual({
      kind: "connection_init",
      name: null,
      id: null,
      data: token,
      json: init,
      operations: [],
    });
    expect(partOf(client('{"type":"ping"}'))).toMatchObject({ kind: "ping", data: null });
    expect(partOf(server('{"type":"pong","payload":null}'))).toMatchObject({ kind: "pong", data: null });
    expect(partOf(server('{"type":"connection_ack","payload":{}}'))).toMatchObject({
      kind: "connection_ack",
    });
    const query = "subscription Chat($room: ID!) { said(room: $room) { text by { name } } }";
    expect(partOf(client(subscribe("1", query, { variables: { room: 7 } })))).toMatchObject({
      kind: "subscribe",
      name: "Chat",
      id: "1",
      data: {
        operation: "subscription",
        name: "Chat",
        fields: ["said"],
        depth: 3,
        cost: 4,
        variables: { room: 7 },
      },
      operations: [{ change: "begin", key: "1" }],
    });
    const next = { data: { said: {} } };
    expect(partOf(server(JSON.stringify({ type: "next", id: "1", payload: next })))).toMatchObject({
      kind: "next",
      name: "Chat",
      id: "1",
      data: next,
      operations: [],
    });
    expect(partOf(client('{"type":"complete","id":"1"}'))).toMatchObject({
      kind: "complete",
      name: "Chat",
      data: null,
      operations: [{ change: "end", key: "1" }],
    });
    // Sent before the server heard of the end.
    expect(partOf(server('{"type":"next","id":"1","payload":{}}'))).toMatchObject({
      name: "Chat",
      operations: [],
    });
    expect(partOf(server('{"type":"complete","id":"1"}')).operations).toEqual([]);
  });

  it("reads the operation that is named, and takes an empty name for none", () => {
    const { client, server } = acknowledged();
    const query = "query A { a } mutation B { deleteUser }";
    expect(partOf(client(subscribe("1", query, { operationName: "B", variables: null })))).toMatchObject({
      name: "B",
      data: { operation: "mutation", fields: ["deleteUser"], variables: {} },
    });
    expect(faultOf(client(subscribe("2", query, { operationName: "" })))).toMatch(/^syntax: several/);
    expect(partOf(client(subscribe("2", "{ a }", { operationName: "" }))).name).toBeNull();
    expect(partOf(server('{"type":"error","id":"1","payload":[{"message":"no"}]}'))).toMatchObject({
      kind: "error",
      name: "B",
      data: [{ message: "no" }],
      operations: [{ change: "end", key: "1" }],
    });
  });

  it("refuses an id that is live, and takes it again once it has ended (4409 in the protocol)", () => {
    const { client, server, drop } = acknowledged();
    drop("inbound", subscribe("1", "{ a }"));
    partOf(client(subscribe("1", "{ a }")));
    expect(faultOf(client(subscribe("1", "{ a }")))).toMatch(/^syntax: a `subscribe` with the `id`/);
    partOf(server('{"type":"complete","id":"1"}'));
    partOf(client(subscribe("1", "{ a }")));
  });

  it("knows the name of results that were on their way when the client left, for as many operations as may run", () => {
    const { client, server } = acknowledged({ pending: 1 });
    const next = (id: string): string | null =>
      partOf(server(JSON.stringify({ type: "next", id, payload: { data: null } }))).name;
    const leave = (id: string): unknown => partOf(client(JSON.stringify({ type: "complete", id })));
    partOf(client(subscribe("1", "subscription News { a }")));
    leave("1");
    expect(next("1")).toBe("News");
    expect(partOf(server('{"type":"complete","id":"1"}'))).toMatchObject({ name: "News", operations: [] });
    partOf(client(subscribe("1", "subscription Other { a }")));
    expect(next("1")).toBe("Other");
    leave("1");
    partOf(client(subscribe("2", "subscription { a }")));
    leave("2");
    expect([next("1"), next("2"), next("3")]).toEqual([null, null, null]);
  });

  it("refuses what comes before its time (4401, 4429 in the protocol)", () => {
    const { client, server } = talk(graphqlTransportWs);
    expect(faultOf(client(subscribe("1", "{ a }")))).toBe("syntax: `subscribe` before `connection_ack`");
    expect(faultOf(server('{"type":"connection_ack"}'))).toMatch(/^syntax: a `connection_ack` that nobody/);
    partOf(client('{"type":"connection_init"}'));
    expect(faultOf(client(subscribe("1", "{ a }")))).toBe("syntax: `subscribe` before `connection_ack`");
    expect(faultOf(client('{"type":"connection_init"}'))).toBe("syntax: a second `connection_init`");
    partOf(server('{"type":"connection_ack"}'));
    expect(faultOf(server('{"type":"connection_ack"}'))).toMatch(/^syntax: a `connection_ack` that nobody/);
  });

  it.each([
    ["client", '{"type":"connection_ack"}'],
    ["client", '{"type":"next","id":"1","payload":{}}'],
    ["client", '{"type":"error","id":"1","payload":[]}'],
    ["server", '{"type":"connection_init"}'],
    ["server", subscribe("1", "{ a }")],
  ] as const)("refuses of the %s %s", (side, text) => {
    expect(faultOf(acknowledged()[side](text))).toMatch(/^syntax: `\w+` from the wrong side$/);
  });

  it.each([
    ["{", "not JSON"],
    ["[]", "not an object"],
    ["{}", "no `type` of this protocol"],
    ['{"type":7}', "no `type` of this protocol"],
    ['{"type":"start","id":"1"}', "no `type` of this protocol"],
    ['{"type":"constructor"}', "no `type` of this protocol"],
    ['{"type":"ping","payload":[]}', "the `payload` of `ping` is no object"],
    ['{"type":"complete"}', "`complete` without a text as `id`"],
    ['{"type":"complete","id":1}', "`complete` without a text as `id`"],
    ['{"type":"complete","id":""}', "`complete` without a text as `id`"],
    ['{"type":"subscribe","id":"1"}', "`subscribe` without its `payload`"],
    ['{"type":"subscribe","id":"1","payload":{}}', "`query` is no text"],
    [subscribe("1", "{"), "a query that does not parse"],
    [subscribe("1", "{ a }", { operationName: 1 }), "`operationName` is no text"],
    [subscribe("1", "{ a }", { variables: [] }), "`variables` is no object"],
  ])("refuses %s: %s", (text, problem) => {
    expect(faultOf(acknowledged().client(text))).toBe(`syntax: ${problem}`);
  });

  it("refuses binary messages, and errors that are no list", () => {
    const { client, server } = acknowledged();
    expect(faultOf(client(Buffer.from('{"type":"ping"}')))).toMatch(/^syntax: a binary/);
    expect(faultOf(server('{"type":"error","id":"1","payload":{}}'))).toMatch(/without its `payload`$/);
    expect(faultOf(server('{"type":"next","id":"1"}'))).toMatch(/without its `payload`$/);
  });

  it.each([
    '{"type":"ping","type":"subscribe"}',
    '{"type":"ping","Type":"subscribe"}',
    '{"type":"subscribe","id":"1","payload":{"query":"{ a }"},"payload":{"query":"{ b }"}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{ a }","query":"{ b }"}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{ a }","qu\\u0065ry":"{ b }"}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{ a }","Query":"{ b }"}}',
  ])("refuses %s, which two readers read differently (RFC 8259 4)", (text) => {
    expect(faultOf(acknowledged().client(text))).toMatch(/^syntax: a name that decides/);
  });

  it("does not mind its names in variables and results", () => {
    const { client, server } = acknowledged();
    const variables = { type: 1, id: 2, payload: 3, query: 4, Query: 5, text: "\u{1F600}\u0007" };
    expect(partOf(client(subscribe("1", "{ a }", { variables }))).data).toMatchObject({ variables });
    const payload = { data: { id: 1, type: 2, Type: 3 } };
    expect(partOf(server(JSON.stringify({ type: "next", id: "1", payload }))).data).toEqual(payload);
  });

  it("bounds queries, operations, names and ids by its options", () => {
    const { client } = acknowledged({ pending: 1, nameLength: 16, depth: 1, cost: 2, tokens: 20 });
    expect(faultOf(client(subscribe("1", "{ a { b } }")))).toMatch(/^limit: .*`depth`/);
    expect(faultOf(client(subscribe("1", "{ a b c }")))).toMatch(/^limit: .*`cost`/);
    expect(faultOf(client(subscribe("1", `{ a ${"@d ".repeat(10)} }`)))).toMatch(/^limit: .*`tokens`/);
    expect(faultOf(client(subscribe("1", `query ${"a".repeat(17)} { a }`)))).toMatch(
      /^limit: .*`nameLength`/,
    );
    expect(faultOf(client(subscribe("a".repeat(17), "{ a }")))).toBe("limit: an `id` of 17 characters");
    partOf(client(subscribe("1", "{ a }")));
    expect(faultOf(client(subscribe("2", "{ a }")))).toBe("limit: 1 operations run (`pending`)");
  });

  it("never throws", () => {
    const { client, server } = acknowledged();
    const frame = fc.record(
      {
        type: fc.constantFrom("ping", "pong", "subscribe", "next", "error", "complete", "x"),
        id: fc.oneof(fc.constantFrom("1", "2"), fc.jsonValue()),
        payload: fc.oneof(
          fc.record({ query: fc.constantFrom("{ a }", "{", "subscription { a }") }),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(frame, fc.boolean(), (one, isClient) => {
        const reading = (isClient ? client : server)(JSON.stringify(one));
        expect(typeof reading.ok).toBe("boolean");
      }),
    );
  });
});
