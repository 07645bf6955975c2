import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOf, partOf, partsOf, talk } from "../../test/dialect-fixture.ts";
import { jsonRpc } from "./json-rpc.ts";

/** A call or an answer as its text. */
function rpc(members: object): string {
  return JSON.stringify({ jsonrpc: "2.0", ...members });
}

describe("json-rpc", () => {
  it("reads calls, notifications and answers, which have the name of their call (JSON-RPC 2.0 4, 5)", () => {
    const { client, server } = talk(jsonRpc);
    const call = rpc({ method: "add", params: [1, 2], id: 1 });
    expect(partOf(client(call))).toEqual({
      kind: "call",
      name: "add",
      id: 1,
      data: [1, 2],
      json: call,
      operations: [{ change: "begin", key: "call:inbound:1" }],
    });
    expect(partOf(client(rpc({ method: "log", params: { a: 1 } })))).toMatchObject({
      kind: "notification",
      name: "log",
      id: null,
      data: { a: 1 },
      operations: [],
    });
    expect(partOf(server(rpc({ result: 3, id: 1 })))).toMatchObject({
      kind: "result",
      name: "add",
      id: 1,
      data: 3,
      operations: [{ change: "end", key: "call:inbound:1" }],
    });
  });

  it("lets both sides call, with the same ids", () => {
    const { client, server } = talk(jsonRpc);
    client(rpc({ method: "a", id: "x" }));
    expect(partOf(server(rpc({ method: "b", id: "x" }))).operations).toEqual([
      { change: "begin", key: 'call:outbound:"x"' },
    ]);
    const error = { code: -32601, message: "no" };
    expect(partOf(client(rpc({ error, id: "x" })))).toMatchObject({ kind: "error", name: "b", data: error });
    expect(partOf(server(rpc({ result: null, id: "x" })))).toMatchObject({ name: "a", data: null });
  });

  it("knows no name of an answer that nobody waits for, such as an error without an id (JSON-RPC 2.0 5)", () => {
    const { server } = talk(jsonRpc);
    expect(partOf(server(rpc({ result: 1, id: 9 })))).toMatchObject({ name: null, operations: [] });
    const error = { code: -32700, message: "Parse error" };
    expect(partOf(server(rpc({ error, id: null })))).toMatchObject({ kind: "error", name: null, id: null });
  });

  it("reads the members of a batch in order (JSON-RPC 2.0 6)", () => {
    const { client, server } = talk(jsonRpc);
    const batch = `[${rpc({ method: "a", id: 1 })}, ${rpc({ method: "b" })}, ${rpc({ method: "c", id: 2 })}]`;
    const parts = partsOf(client(batch));
    expect(parts.map(({ kind, name, id }) => [kind, name, id])).toEqual([
      ["call", "a", 1],
      ["notification", "b", null],
      ["call", "c", 2],
    ]);
    const answers = partsOf(server(`[${rpc({ result: 1, id: 2 })},${rpc({ result: 2, id: 1 })}]`));
    expect(answers.map(({ name }) => name)).toEqual(["c", "a"]);
  });

  it("remembers nothing of a message that does not go on", () => {
    const { client, drop, server } = talk(jsonRpc);
    const call = rpc({ method: "a", id: 1 });
    drop("inbound", call);
    expect(partOf(server(rpc({ result: 1, id: 1 }))).name).toBeNull();
    client(call);
    drop("outbound", rpc({ result: 1, id: 1 }));
    expect(faultOf(client(call))).toMatch(/^syntax: a call with the `id` of one/);
  });

  it("cannot tell calls whose id is null from one another, and remembers none (JSON-RPC 2.0 4)", () => {
    const { client } = talk(jsonRpc);
    for (let round = 0; round < 2; round++)
      expect(partOf(client(rpc({ method: "a", id: null })))).toMatchObject({
        kind: "call",
        id: null,
        operations: [],
      });
  });

  it.each([
    ["1", "neither a call nor an answer"],
    ["null", "neither a call nor an answer"],
    ["[]", "an empty batch"],
    ["[[]]", "neither a call nor an answer"],
    ["{}", "`jsonrpc` is not 2.0"],
    ['{"jsonrpc":2.0,"method":"a"}', "`jsonrpc` is not 2.0"],
    [rpc({ method: 1 }), "`method` is no text"],
    [rpc({ method: "a", params: "x" }), "`params` is neither an object nor an array"],
    [rpc({ method: "a", params: null }), "`params` is neither an object nor an array"],
    [rpc({ method: "a", id: {} }), "`id` is neither text, number nor null"],
    ['{"jsonrpc":"2.0","method":"a","id":1e999}', "`id` is neither text, number nor null"],
    [rpc({ method: "a", result: 1 }), "a call and an answer in one"],
    [rpc({ method: "a", error: 1 }), "a call and an answer in one"],
    [rpc({ id: 1 }), "neither a call nor an answer"],
    [rpc({ result: 1 }), "neither a call nor an answer"],
    [rpc({ result: 1, error: { code: 1, message: "" }, id: 1 }), "neither a call nor an answer"],
    [rpc({ error: { code: 1.5, message: "" }, id: 1 }), "`error` has no code and message"],
    [rpc({ error: { code: 1 }, id: 1 }), "`error` has no code and message"],
    [rpc({ error: "x", id: 1 }), "`error` has no code and message"],
    [rpc({ result: 1, id: null }), "a result without an `id`"],
  ])("refuses %s: %s", (text, problem) => {
    expect(faultOf(talk(jsonRpc).client(text))).toBe(`syntax: ${problem}`);
  });

  it.each([
    '{"jsonrpc":"2.0","method":"a","method":"b"}',
    '{"jsonrpc":"2.0","method":"a","m\\u0065thod":"b"}',
    '{"jsonrpc":"2.0","method":"a","Method":"b"}',
    '[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"a","id":1,"id":2}]',
    '[{"jsonrpc":"2.0","method":"a","PARAMS":[]}]',
  ])("refuses %s, which two readers read differently (RFC 8259 4)", (text) => {
    expect(faultOf(talk(jsonRpc).client(text))).toMatch(/^syntax: a name that decides/);
  });

  it("does not mind its names inside params", () => {
    const text = rpc({ method: "a", params: { method: "b", id: 1, Method: "c" }, id: 1 });
    expect(partOf(talk(jsonRpc).client(text)).name).toBe("a");
  });

  it("refuses binary messages, and what is no JSON", () => {
    expect(faultOf(talk(jsonRpc).client(Buffer.from("{}")))).toMatch(/^syntax: a binary/);
    expect(faultOf(talk(jsonRpc).client("{"))).toBe("syntax: not JSON");
  });

  it("refuses ids that are live, in one message too", () => {
    const call = rpc({ method: "a", id: 1 });
    expect(faultOf(talk(jsonRpc).client(`[${call},${call}]`))).toMatch(/^syntax: a call with the `id`/);
    const text = rpc({ method: "a", id: "1" });
    expect(partsOf(talk(jsonRpc).client(`[${call},${text}]`))).toHaveLength(2);
  });

  it("bounds batches, calls without answers, names and ids by its options", () => {
    const { client, server } = talk(jsonRpc, { batch: 2, pending: 1, nameLength: 16 });
    const note = rpc({ method: "a" });
    expect(faultOf(client(`[${note},${note},${note}]`))).toBe("limit: a batch of 3, and `batch` is 2");
    client(rpc({ method: "a", id: 1 }));
    expect(faultOf(client(rpc({ method: "a", id: 2 })))).toBe("limit: 1 calls wait for answers (`pending`)");
    // Whoever does not answer uses up nothing of what the other side may ask.
    expect(partOf(server(rpc({ method: "a", id: 1 }))).kind).toBe("call");
    expect(faultOf(server(rpc({ method: "a", id: 2 })))).toBe("limit: 1 calls wait for answers (`pending`)");
    expect(faultOf(client(rpc({ method: "a".repeat(17) })))).toBe("limit: a `method` of 17 characters");
    expect(faultOf(client(rpc({ method: "a", id: "a".repeat(17) })))).toBe("limit: an `id` of 17 characters");
    server(rpc({ result: 1, id: 1 }));
    expect(partOf(client(rpc({ method: "a", id: 1 }))).kind).toBe("call");
    expect(jsonRpc.options.parse({})).toEqual({ batch: 50, pending: 1000, nameLength: 256 });
  });

  it("never throws", () => {
    const { client, server } = talk(jsonRpc);
    const member = fc.record(
      {
        jsonrpc: fc.constant("2.0"),
        method: fc.constantFrom("a", "b", 1),
        params: fc.jsonValue(),
        id: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.jsonValue()),
        result: fc.jsonValue(),
        error: fc.record({ code: fc.integer(), message: fc.string() }),
      },
      { requiredKeys: ["jsonrpc"] },
    );
    const text = fc.oneof(member, fc.array(member)).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(text, fc.boolean(), (one, isClient) => {
        const reading = isClient ? client(one) : server(one);
        expect(typeof reading.ok).toBe("boolean");
      }),
    );
  });
});
