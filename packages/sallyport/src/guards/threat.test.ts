import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { makeGuard, problemsOf } from "../../test/handshake-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { facts, handle } from "../../test/recorded-session.ts";
import type { DialectConnection, MessagePart } from "../dialects/dialect.ts";
import type { ConnectionGuard, MessageVerdict } from "./guard.ts";
import { jsonRpc } from "../dialects/json-rpc.ts";
import { threat } from "./threat.ts";

async function opened(options: object = {}): Promise<ConnectionGuard> {
  const guard = await makeGuard(threat, options);
  const connection = guard.open?.(facts, handle);
  if (connection === undefined) throw new TypeError("does not open");
  return connection;
}

const EMPTY: MessagePart = { kind: "x", name: null, id: null, data: null, json: null, operations: [] };

const speaking = (...parts: Partial<MessagePart>[]): DialectConnection => ({
  read: () => ({ ok: true, parts: parts.map((part) => Object.assign({}, EMPTY, part)) }),
});

type Shown = Parameters<typeof messageFixture>[1];

function ask(connection: ConnectionGuard, text: string, shown?: Shown): MessageVerdict | undefined {
  return connection.message?.(messageFixture(text, shown), 0);
}

const PASS = { verdict: "pass" };
const refusedFor = (code: string, detail: string): unknown => ({
  verdict: "close",
  code,
  detail: expect.stringContaining(detail),
});

describe("threat", () => {
  it("lets harmless messages pass: JSON, plain text, binary", async () => {
    const connection = await opened();
    for (const text of [
      '{"say":"don\'t; or do (both)"}',
      "hello; there",
      '["👍","größe","a < b"]',
      "`npm test`",
      "größe; 1/2 and nothing else",
      JSON.stringify({ größe: "1/2 of it", more: "x".repeat(70_000) }),
      JSON.stringify({ größe: "1/2 of it, see https://example.com/" }),
    ])
      expect(ask(connection, text)).toEqual(PASS);
    expect(ask(connection, "\0\u0001; cat /etc/passwd", { opcode: 2 })).toEqual(PASS);
  });

  it("reads a binary message that is JSON as many an application does, where no dialect says what it is", async () => {
    const connection = await opened();
    const binary: Shown = { opcode: 2 };
    expect(ask(connection, '{"a":1,"a":2}', binary)).toEqual(refusedFor("threat.hygiene", "duplicates"));
    expect(ask(connection, '{"q":"<script>alert(1)</script>"}', binary)).toEqual(
      refusedFor("threat.signature", "script-tag"),
    );
    expect(ask(connection, '{"q":"hello"}', binary)).toEqual(PASS);
    const strict = await opened({ hygiene: { json: "require" } });
    expect(ask(strict, "\0\u0001", binary)).toEqual(refusedFor("threat.hygiene", "json: it is not JSON"));
    expect(ask(strict, '{"q":"hello"}', binary)).toEqual(PASS);
  });

  it("says that it rewrites what comes in where markup is neutralised (RFC 7692 7.1.1)", async () => {
    expect((await makeGuard(threat, {})).rewrites).toEqual({ inbound: false });
    expect((await makeGuard(threat, { sanitize: ["/text"] })).rewrites).toEqual({ inbound: true });
  });

  it("refuses JSON that is unhygienic, with the rule and the place, and nothing of a value", async () => {
    const connection = await opened();
    expect(ask(connection, '{"user":{"role":"guest","role":"s3cret"}}')).toEqual(
      refusedFor("threat.hygiene", 'duplicates: "role" stands twice'),
    );
    expect(ask(connection, '{"a":{"b":"s3cret\\ud800"}}')).toEqual({
      verdict: "close",
      code: "threat.hygiene",
      detail: 'surrogates: half a pair, at "/a/b"',
    });
    expect(ask(connection, "\ufeff{}")).toEqual(refusedFor("threat.hygiene", "bom"));
    expect(ask(await opened({ hygiene: { json: "require" } }), "{'a':1}")).toEqual(
      refusedFor("threat.hygiene", "json"),
    );
  });

  it("refuses a text that looks like an attack, with signatures, score, level and field, and nothing of the text", async () => {
    const connection = await opened();
    expect(ask(connection, '{"user":{"name":"x\' or 1=1--"}}')).toEqual({
      verdict: "close",
      code: "threat.signature",
      detail: 'sql-tautology, sql-literals-compared: score 10 at paranoia 1, in "/user/name"',
    });
    expect(ask(connection, "<script>alert(1)</script>")).toEqual(
      refusedFor("threat.signature", "at paranoia 1, in the text"),
    );
    expect(ask(connection, '{"<script>alert(1)</script>":1}')).toEqual(
      refusedFor("threat.signature", "script-tag"),
    );
    expect(ask(connection, '{"größe":"<script>alert(1)</script>"}')).toEqual(
      refusedFor("threat.signature", String.raw`in "/gr\u00f6\u00dfe"`),
    );
  });

  it("finds attacks beyond ASCII and in long messages", async () => {
    const connection = await opened({ characters: 200_000 });
    for (const padding of ["é", "é".repeat(70_000), "x".repeat(70_000)])
      for (const text of ["..／..／etc/passwd", "1 union select 2,3", "http://169.254.169.254/", "{{7*7}}"])
        expect(ask(connection, JSON.stringify({ padding, text }))).toMatchObject({ verdict: "close" });
  });

  it("looks at what a dialect says, wherever that stands", async () => {
    const connection = await opened();
    const event = '42["say",{"text":"<svg onload=alert(1)>"}]';
    const data: unknown = JSON.parse(event.slice(2));
    const attack = refusedFor("threat.signature", "script-event-handler");
    expect(ask(connection, event, { dialect: speaking({ data, json: event.slice(2) }) })).toEqual(attack);
    expect(
      ask(connection, "\u0001\u0002", { opcode: 2, dialect: speaking({ data: ["<svg onload=alert(1)>"] }) }),
    ).toEqual(attack);
    expect(ask(connection, "\u0001", { opcode: 2, dialect: speaking() })).toEqual(PASS);
    const inner = JSON.stringify({ data: JSON.stringify({ text: "admin'--" }) });
    expect(ask(connection, inner, { dialect: speaking({ data: { text: "admin'--" } }) })).toEqual(
      refusedFor("threat.signature", 'in "/text"'),
    );
    const text = '42["a","\\u0027 or 1=1--"]';
    expect(
      ask(connection, text, { dialect: speaking({ data: ["a", "' or 1=1--"], json: text.slice(2) }) }),
    ).toEqual(refusedFor("threat.signature", 'in "/1"'));
  });

  it("counts pointers from the root of a message that is JSON, whatever the dialect reads out of it", async () => {
    const attack = "<script>alert(1)</script>";
    const params = { q: attack };
    const call = JSON.stringify({ jsonrpc: "2.0", method: "a", params });
    const excluding = await opened({ exclude: [{ field: "/params/q" }, { field: "/result" }] });
    const asked = (text: string): MessageVerdict | undefined =>
      ask(excluding, text, { dialect: jsonRpc.create(jsonRpc.options.parse({})).open(null) });
    expect(asked(call)).toEqual(PASS);
    expect(asked(`[${call}]`)).toEqual(refusedFor("threat.signature", 'in "/0/params/q"'));
    expect(asked(JSON.stringify({ jsonrpc: "2.0", id: 1, result: attack }))).toEqual(PASS);
    const derived = speaking({ data: { more: attack }, json: call });
    expect(ask(excluding, call, { dialect: derived })).toEqual(refusedFor("threat.signature", 'in "/more"'));
  });

  it("checks the JSON of each part once, and not whether a dialect's text is JSON", async () => {
    const connection = await opened({ hygiene: { json: "require" } });
    const json = '{"a":1,"a":2}';
    const dialect = speaking({ data: "x" }, { data: { a: 2 }, json }, { data: { a: 2 }, json });
    expect(ask(connection, `7${json}`, { dialect })).toEqual(refusedFor("threat.hygiene", "duplicates"));
    const clean = speaking({ data: { a: 2 }, json: '{"a":2}' }, { data: { a: 2 }, json: '{"a":2}' });
    expect(ask(connection, '7{"a":2}', { dialect: clean })).toEqual(PASS);
  });

  it("looks for what it is told to, where it is told to", async () => {
    const attack = '{"q":"\' or 1=1--","p":"x"}';
    expect(ask(await opened({ signatures: ["script"] }), attack)).toEqual(PASS);
    expect(ask(await opened({ signatures: { sql: false } }), attack)).toEqual(PASS);
    expect(ask(await opened({ signatures: "off" }), attack)).toEqual(PASS);
    expect(ask(await opened({ exclude: [{ field: "/q" }] }), attack)).toEqual(PASS);
    expect(ask(await opened({ exclude: [{ field: "/*", signatures: ["sql"] }] }), attack)).toEqual(PASS);
    expect(ask(await opened({ exclude: [{ field: "/p" }] }), attack)).toMatchObject({ verdict: "close" });
    expect(ask(await opened({ threshold: 11 }), attack)).toEqual(PASS);
    expect(ask(await opened({ hygiene: false }), '{"a":1,"a":1}')).toEqual(PASS);
  });

  it("looks more closely at a higher paranoia level", async () => {
    const text = '{"q":"SELECT name FROM users"}';
    expect(ask(await opened(), text)).toEqual(PASS);
    expect(ask(await opened({ paranoia: 2 }), text)).toEqual(refusedFor("threat.signature", "sql-statement"));
  });

  it("refuses more than it may look at closely (fail closed), and looks at the same text once", async () => {
    const connection = await opened({ characters: 60, hygiene: "off" });
    expect(ask(connection, JSON.stringify({ a: "<b>", b: "x".repeat(80) }))).toEqual(
      refusedFor("threat.too-much", "more than 60 characters"),
    );
    expect(ask(connection, JSON.stringify(["<b>", "<b>", "x".repeat(40)]))).toEqual(PASS);
    expect(ask(connection, `["<b>",${"[".repeat(300)}${"]".repeat(300)}]`)).toEqual(
      refusedFor("threat.too-much", "too deep"),
    );
  });

  it("neutralises markup in the fields it is told, and looks for no script there", async () => {
    const connection = await opened({ sanitize: ["/text"] });
    expect(ask(connection, '{"text":"<b>hi</b><script>alert(1)</script>", "n":1.0}')).toEqual({
      verdict: "replace",
      payload: Buffer.from('{"text":"<b>hi</b>", "n":1.0}'),
      code: "threat.sanitized",
      detail: 'markup in "/text"',
    });
    expect(ask(connection, '{"text":"<b>hi</b>"}')).toEqual(PASS);
    expect(ask(connection, "plain")).toEqual(PASS);
    expect(ask(connection, '{"other":"<script>alert(1)</script>"}')).toMatchObject({ verdict: "close" });
    expect(ask(connection, '{"text":"\' or 1=1--"}')).toMatchObject({ verdict: "close" });
  });

  it("is asked about what the client says alone, in its mode", async () => {
    const guard = await makeGuard(threat, { mode: "observe" });
    expect([guard.name, guard.reads, guard.controlFrames, guard.mode]).toEqual([
      "threat",
      { inbound: "json" },
      undefined,
      "observe",
    ]);
  });

  it.each([
    { signatures: ["xss"] },
    { signatures: [] },
    { paranoia: 0 },
    { exclude: [{ field: "text" }] },
    { exclude: [{ field: "/a", signatures: ["sqli"] }] },
    { sanitize: ["a"] },
    { hygiene: { depth: 1000 } },
    { unknown: 1 },
  ])("refuses the options %j", (options) => {
    expect(problemsOf(threat, options)).toHaveLength(1);
  });
});
