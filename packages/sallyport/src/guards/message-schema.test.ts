import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeGuard, problemsOf } from "../../test/handshake-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Direction } from "../events.ts";
import { DocumentFaults } from "./document-faults.ts";
import type { ConnectionFacts, Guard, GuardServices, Speaks } from "./guard.ts";
import { messageSchema } from "./message-schema.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-schemas-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function write(name: string, content: unknown): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

/** A dialect of a test: a message is `[kind, name, data]`. */
const dialect: Dialect = {
  name: "test",
  subprotocols: [],
  kinds: ["event", "ack", "ping"],
  open: () => ({
    read(message) {
      const value = message.json();
      if (!Array.isArray(value)) return { ok: false, fault: "syntax", problem: "no list" };
      const [kind, name, data] = value as [string, string | null, unknown];
      return { ok: true, parts: [{ kind, name, data, id: null, json: null, operations: [] }] };
    },
  }),
};
const speaks: Speaks = { choose: () => dialect, dialects: [dialect] };

/** What becomes of a message, as `pass` or the code. */
function send(
  guard: Guard,
  text: string,
  direction: Direction = "inbound",
  spoken: Dialect | null = null,
): string {
  const connection = guard.open?.({} as ConnectionFacts, { wake: () => undefined });
  const message = messageFixture(text, { direction, dialect: spoken?.open(null) ?? null });
  const verdict = connection?.message?.(message, 0) ?? { verdict: "pass" };
  return "code" in verdict ? `${verdict.verdict} ${verdict.code}` : verdict.verdict;
}

/** What is wrong with the documents that options point to. */
async function faultsOf(options: unknown, services: Partial<GuardServices> = {}): Promise<string[]> {
  const failed: unknown = await makeGuard(messageSchema, options, services).catch((cause: unknown) => cause);
  if (!(failed instanceof DocumentFaults)) throw new Error(`no faults: ${String(failed)}`);
  return failed.faults.map(({ file, line, column, place, expected, found }) => {
    const what = expected === "" ? found : `expected ${expected}, found ${found}`;
    return `${file.replace(`${directory}/`, "")}:${line}:${column} ${place}: ${what}`;
  });
}

const chat = { title: "Chat", type: "object", required: ["text"], properties: { text: { type: "string" } } };

describe("messageSchema", () => {
  it("closes on a message that is not what the schema of its direction asks for, and asks nothing of the other direction", async () => {
    const guard = await makeGuard(messageSchema, { inbound: await write("chat.json", chat) });
    expect(guard).toMatchObject({ mode: "enforce", reads: { inbound: "json" } });
    expect(guard.reads).toEqual({ inbound: "json" });
    expect(send(guard, '{"text":"hi"}')).toBe("pass");
    expect(send(guard, '{"text":1}')).toBe("close messageSchema.mismatch");
    expect(send(guard, "hi")).toBe("close messageSchema.unreadable");
    expect(send(guard, '{"text":1}', "outbound")).toBe("pass");
    expect(guard.enforces).toEqual([
      'inbound every message: chat.json "Chat" (2020-12)',
      "outbound: not checked",
    ]);
  });

  it("reads YAML too, and takes `mode: observe`", async () => {
    const outbound = await write(
      "news.yaml",
      "$schema: http://json-schema.org/draft-07/schema#\ntype: array\n",
    );
    const guard = await makeGuard(messageSchema, { mode: "observe", outbound });
    expect([guard.mode, guard.reads]).toEqual(["observe", { outbound: "json" }]);
    expect([send(guard, "[]", "outbound"), send(guard, "{}", "outbound")]).toEqual([
      "pass",
      "close messageSchema.mismatch",
    ]);
    expect(guard.enforces).toEqual(["inbound: not checked", "outbound every message: news.yaml (draft-07)"]);
  });

  it("asks of each name what its file asks for, in the dialect of the route", async () => {
    const [join_, any] = [
      await write("join.json", { type: "string" }),
      await write("any.json", { type: "number" }),
    ];
    const guard = await makeGuard(
      messageSchema,
      { inbound: { join: join_, "*": any }, outbound: { join: join_ }, unnamed: ["ack"] },
      { speaks },
    );
    const said = (value: unknown, direction?: Direction): string =>
      send(guard, JSON.stringify(value), direction, dialect);
    expect(said(["event", "join", "attic"])).toBe("pass");
    expect(said(["event", "join", 1])).toBe("close messageSchema.mismatch");
    expect(said(["event", "leave", 1])).toBe("pass");
    expect(said(["event", "leave", "attic"])).toBe("close messageSchema.mismatch");
    expect(said(["event", "leave", 1], "outbound")).toBe("close messageSchema.unlisted");
    expect(said(["ack", null, "x"], "outbound")).toBe("pass");
    expect(said(["event", null, "x"], "outbound")).toBe("close messageSchema.unlisted");
    expect(said({})).toBe("close messageSchema.unreadable");
    expect(guard.enforces).toEqual([
      "inbound join: join.json (2020-12)",
      "inbound every other name: any.json (2020-12)",
      "outbound join: join.json (2020-12)",
    ]);
  });

  it("asks one file of every part of every message, where one is written on a route with a dialect", async () => {
    const guard = await makeGuard(
      messageSchema,
      { inbound: await write("text.json", { type: "string" }) },
      { speaks },
    );
    expect(send(guard, '["event","a","x"]', "inbound", dialect)).toBe("pass");
    expect(send(guard, '["event",null,7]', "inbound", dialect)).toBe("close messageSchema.mismatch");
  });

  it("needs a dialect for names and kinds, and kinds that the dialect has", async () => {
    const file = await write("text.json", { type: "string" });
    for (const options of [
      { inbound: { a: file } },
      { outbound: { a: file } },
      { inbound: file, unnamed: ["ack"] },
    ])
      await expect(makeGuard(messageSchema, options)).rejects.toThrow("where the route has a `dialect`");
    await expect(
      makeGuard(messageSchema, { inbound: file, unnamed: ["ack", "acc"] }, { speaks }),
    ).rejects.toThrow("`unnamed` lists acc: expected kinds of the dialect: event, ack, ping");
  });

  it("derives what may be said from an AsyncAPI document, without a dialect and with one", async () => {
    const asyncapi = await write(
      "chat.yaml",
      `asyncapi: 3.0.0
channels:
  chat:
    address: /chat
    messages:
      join: { payload: { required: [type], properties: { type: { const: join }, room: { type: string } } } }
      ping: { payload: { required: [type], properties: { type: { const: ping } } } }
      any: {}
operations:
  hear:
    action: receive
    channel: { $ref: '#/channels/chat' }
    messages: [{ $ref: '#/channels/chat/messages/join' }, { $ref: '#/channels/chat/messages/ping' }]
`,
    );
    const guard = await makeGuard(messageSchema, { asyncapi }, { routePath: "/chat" });
    expect(send(guard, '{"type":"join","room":"a"}')).toBe("pass");
    expect(send(guard, '{"type":"join","room":1}')).toBe("close messageSchema.mismatch");
    expect(send(guard, '{"type":"leave"}')).toBe("close messageSchema.unlisted");
    expect(send(guard, '{"type":"ping"}', "outbound")).toBe("close messageSchema.unlisted");
    expect(guard.enforces).toEqual([
      "inbound join: chat.yaml#/channels/chat/messages/join/payload (draft-07)",
      "inbound ping: chat.yaml#/channels/chat/messages/ping/payload (draft-07)",
      "outbound: nothing may be said",
    ]);
    const spoken = await makeGuard(messageSchema, { asyncapi }, { routePath: "/chat", speaks });
    expect(send(spoken, '["event","join",{"type":"join"}]', "inbound", dialect)).toBe("pass");
    expect(send(spoken, '["event","say",{}]', "inbound", dialect)).toBe("close messageSchema.unlisted");
    expect(send(spoken, '["event","join",{}]', "outbound", dialect)).toBe("close messageSchema.unlisted");
    expect(send(spoken, '["ping",null]', "outbound", dialect)).toBe("pass");
  });

  it("may be told the channel, and whose sending and receiving the document means", async () => {
    const document = await write("client.yaml", {
      asyncapi: "3.0.0",
      channels: { a: { address: null, messages: { m: {} } } },
      operations: { say: { action: "send", channel: { $ref: "#/channels/a" } } },
    });
    const asyncapi = { document, channel: "a", describes: "client" };
    const guard = await makeGuard(messageSchema, { asyncapi });
    expect(guard.enforces).toEqual(["inbound m: anything", "outbound: nothing may be said"]);
    expect(send(guard, "7")).toBe("pass");
    const both = await makeGuard(messageSchema, { asyncapi: { document, channel: ["a"] } });
    expect(both.enforces).toEqual(["inbound: nothing may be said", "outbound m: anything"]);
  });

  it("tells every mistake in every document at once, each at its place and once", async () => {
    const bad = await write("bad.json", '{\n  "type": "strin",\n  "pattern": "(?=a)"\n}');
    const worse = await write("worse.yaml", "a: [\n");
    expect(await faultsOf({ inbound: { a: bad, b: bad, c: worse }, outbound: worse })).toEqual([
      'bad.json:2:11 #/type: expected one of null, boolean, object, array, number, string, integer, or a list of them, found "strin"',
      expect.stringMatching(/^bad\.json:3:14 #\/pattern: expected a pattern that RE2 knows/),
      expect.stringMatching(/^worse\.yaml:2:1 : Flow sequence/),
    ]);
    const asyncapi = await write("bad.yaml", {
      asyncapi: "3.0.0",
      channels: { a: { address: "/", mesages: {}, messages: { m: { payload: { type: "strin" } } } } },
      operations: { say: { action: "send", channel: { $ref: "#/channels/a" } } },
    });
    expect(await faultsOf({ asyncapi })).toEqual([
      expect.stringContaining("#/channels/a/mesages"),
      expect.stringContaining("#/channels/a/messages/m/payload/type"),
    ]);
    const none = await write("none.yaml", { asyncapi: "2.6.0" });
    expect(await faultsOf({ asyncapi: none })).toEqual([expect.stringContaining("expected 3.0.0 or 3.1.0")]);
    expect(await faultsOf({ asyncapi: worse })).toHaveLength(1);
  });

  it("reads no file of more than 1 MiB, and tells of one that is not there, or that the engine refuses", async () => {
    const large = await write("large.json", `"${"a".repeat(1024 * 1024)}"`);
    expect(await faultsOf({ inbound: large })).toEqual([
      "large.json:0:0 : expected a file of at most 1048576 bytes, found 1048578 bytes",
    ]);
    expect(await faultsOf({ inbound: join(directory, "not-there.json") })).toEqual([
      expect.stringContaining("expected a file that can be read, found ENOENT"),
    ]);
    const refused = await write("refused.json", { contains: true, minContains: 0 });
    expect(await faultsOf({ inbound: refused })).toEqual([
      expect.stringMatching(/^refused\.json:1:1 #: strict mode: "minContains" == 0/),
    ]);
  });

  it.each<[unknown, string]>([
    [{}, "needs one of `inbound`, `outbound` and `asyncapi`: `messageSchema: off` checks nothing"],
    [
      { inbound: "a.json", asyncapi: "b.yaml" },
      "says what may be said both ways: expected neither `inbound` nor `outbound` beside it",
    ],
    [{ inbound: {} }, "expected at least one name"],
    [
      { inbound: Object.fromEntries(Array.from({ length: 501 }, (_one, index) => [`m${index}`, "a"])) },
      "expected at most 500 names",
    ],
    [{ inbound: "a", depth: 257 }, "expected a whole number from 1 to 256"],
    [{ inbound: ["a"] }, "expected a file with a JSON Schema, or a mapping from names of messages to files"],
  ])("refuses the options %j", (options, problem) => {
    expect(problemsOf(messageSchema, options).join()).toContain(problem);
  });
});
