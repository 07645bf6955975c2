import { describe, expect, it } from "vitest";
import type { DialectConnection, MessagePart } from "../dialects/dialect.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { compileChecked } from "../../test/schema-fixture.ts";
import {
  contractOfParts,
  contractOfWhole,
  MAX_ALTERNATIVES,
  type ContractEntry,
  type MessageContract,
} from "./message-contract.ts";

const entry = (name: string, schema: unknown): ContractEntry => ({ name, schema: compileChecked(schema) });
const typed = (type: string, more: object = {}): ContractEntry =>
  entry(type, { properties: { type: { const: type }, ...more }, required: ["type"] });

function said(contract: MessageContract, text: string, opcode = 1): string {
  const denial = contract.check(messageFixture(text, { opcode }));
  return denial === null ? "pass" : `${denial.code.slice("messageSchema.".length)}: ${denial.detail}`;
}

const many = (count: number): (() => MessageContract) => {
  const entries = Array.from({ length: count }, (_one, index) => entry(`m${index}`, { minimum: index }));
  return () => contractOfWhole(entries);
};

describe("contractOfWhole", () => {
  it("asks one schema about every message", () => {
    const contract = contractOfWhole([entry("*", { type: "object" })]);
    expect(said(contract, "{}")).toBe("pass");
    expect(said(contract, "[]")).toBe('mismatch: *: "": #/type, found array');
  });

  it("refuses what is no JSON text: many an application parses a binary message like one", () => {
    const contract = contractOfWhole([{ name: "any", schema: null }]);
    expect(said(contract, "null")).toBe("pass");
    expect(said(contract, "{")).toBe("unreadable: a text message that is not JSON, of 1 bytes");
    expect(said(contract, "{}", 2)).toBe("unreadable: a binary message, of 2 bytes");
  });

  it("lets the text of a member decide which one of several a message must be", () => {
    const contract = contractOfWhole([typed("join", { room: { type: "string" } }), typed("say")]);
    expect(said(contract, '{"type":"join","room":"a"}')).toBe("pass");
    expect(said(contract, '{"type":"say"}')).toBe("pass");
    expect(said(contract, '{"type":"join","room":1}')).toBe(
      'mismatch: join: "/room": #/properties/room/type, found number',
    );
    for (const text of ['{"type":"leave"}', '{"type":["join"]}', "{}", "[]", "null", '"join"'])
      expect(said(contract, text)).toBe('unlisted: by "/type" it is none of 2');
  });

  it("tries each where no member tells them apart", () => {
    const contract = contractOfWhole([
      typed("a"),
      entry("list", { type: "array" }),
      entry("text", { type: "string" }),
      entry("none", false),
    ]);
    expect(['{"type":"a"}', "[1]", '"x"'].map((text) => said(contract, text))).toEqual([
      "pass",
      "pass",
      "pass",
    ]);
    expect(said(contract, "{}")).toBe(
      'mismatch: a: "": #/required, found object; list: "": #/type, found object; text: "": #/type, found object; and 1 more',
    );
    const two = contractOfWhole([typed("a"), typed("a", { n: { type: "number" } })]);
    expect(said(two, '{"type":"a","n":"x"}')).toBe("pass");
    expect(said(contractOfWhole([typed("a"), { name: "any", schema: null }]), "7")).toBe("pass");
  });

  it("tries no more than so many", () => {
    expect(many(MAX_ALTERNATIVES)).not.toThrow();
    expect(many(MAX_ALTERNATIVES + 1)).toThrow("33 messages that no member tells apart: expected at most 32");
  });

  it("takes nothing where nothing may be said", () => {
    expect(said(contractOfWhole([]), "{}")).toBe("unlisted: nothing may be said in this direction");
  });

  it("tells what was too much", () => {
    const contract = contractOfWhole([entry("*", { items: { $ref: "#" } })]);
    expect(said(contract, `${"[".repeat(20)}${"]".repeat(20)}`)).toBe("costly: it is nested deeper than 16");
  });
});

const part = (parts: Partial<MessagePart>): MessagePart => ({
  kind: "event",
  name: null,
  id: null,
  data: null,
  json: null,
  operations: [],
  ...parts,
});

/** A connection whose messages say just this. */
const saying = (parts: readonly Partial<MessagePart>[] | null): DialectConnection => ({
  read: () =>
    parts === null
      ? { ok: false, fault: "syntax", problem: "no packet type" }
      : { ok: true, parts: parts.map(part) },
});

function partsSaid(contract: MessageContract, parts: readonly Partial<MessagePart>[] | null): string {
  const denial = contract.check(messageFixture("…", { dialect: saying(parts) }));
  return denial === null ? "pass" : `${denial.code.slice("messageSchema.".length)}: ${denial.detail}`;
}

describe("contractOfParts", () => {
  const contract = contractOfParts({
    entries: [
      entry("join", { type: "string" }),
      entry("say", { type: "number" }),
      entry("say", { type: "null" }),
    ],
    others: null,
    unnamed: new Set(["ack"]),
  });

  it("asks of each part what its name asks for; of several of a name, it must be one", () => {
    expect(
      partsSaid(contract, [
        { name: "join", data: "attic" },
        { name: "say", data: 1 },
        { name: "say", data: null },
      ]),
    ).toBe("pass");
    expect(partsSaid(contract, [])).toBe("pass");
    expect(
      partsSaid(contract, [
        { name: "join", data: "attic" },
        { name: "join", data: 1 },
      ]),
    ).toBe('mismatch: join: "": #/type, found number');
    expect(partsSaid(contract, [{ name: "say", data: "x" }])).toBe(
      'mismatch: say: "": #/type, found string; say: "": #/type, found string',
    );
  });

  it("refuses a name that is not listed, and does not tell it", () => {
    const names = ["leave", "toString", "__proto__", "*"];
    for (const name of names)
      expect(partsSaid(contract, [{ name, data: 1 }])).toBe(
        'unlisted: a part of the kind "event", of a name that is not listed',
      );
  });

  it("lets a part without a name pass where it carries nothing, or its kind is listed: a name cannot be left out to get past", () => {
    expect(
      partsSaid(contract, [{ kind: "ping" }, { kind: "ping", data: undefined }, { kind: "ack", data: [1] }]),
    ).toBe("pass");
    expect(partsSaid(contract, [{ kind: "event", data: "attic" }])).toBe(
      'unlisted: a part of the kind "event", without a name',
    );
    expect(partsSaid(contract, [{ kind: "ack", name: "leave", data: 1 }])).toContain("unlisted");
  });

  it("asks of every other name what `*` asks for", () => {
    const open = contractOfParts({
      entries: [entry("join", true)],
      others: entry("*", { type: "number" }),
      unnamed: new Set(),
    });
    expect(
      partsSaid(open, [
        { name: "join", data: "x" },
        { name: "leave", data: 1 },
        { kind: "ack", data: 1 },
        { kind: "ping" },
      ]),
    ).toBe("pass");
    expect(partsSaid(open, [{ name: "leave", data: "x" }])).toBe('mismatch: *: "": #/type, found string');
    expect(partsSaid(open, [{ kind: "ack", data: "x" }])).toBe('mismatch: *: "": #/type, found string');
    const anything = contractOfParts({
      entries: [],
      others: { name: "*", schema: null },
      unnamed: new Set(),
    });
    expect(partsSaid(anything, [{ name: "leave", data: "x" }])).toBe("pass");
  });

  it("refuses bytes, and messages that are none of the dialect's", () => {
    expect(partsSaid(contract, [{ name: "join", data: new Uint8Array(2) }])).toBe(
      "unreadable: a message with bytes where a schema asks for JSON, of 3 bytes",
    );
    expect(partsSaid(contract, null)).toBe(
      "unreadable: a message that is not in the dialect (no packet type), of 3 bytes",
    );
  });

  it("lets the text of a member decide between several of a name", () => {
    const several = contractOfParts({
      entries: [typed("join"), typed("say")].map(({ schema }) => ({ name: "event", schema })),
      others: null,
      unnamed: new Set(),
    });
    expect(partsSaid(several, [{ name: "event", data: { type: "join" } }])).toBe("pass");
    expect(partsSaid(several, [{ name: "event", data: { type: "leave" } }])).toBe(
      'unlisted: by "/type" it is none of 2',
    );
  });

  it("refuses every message where nobody knows the dialect of a connection", () => {
    const denial = contract.check(messageFixture("{}"));
    expect(denial?.detail).toBe("a message that is not in the dialect (nobody knows it), of 2 bytes");
  });

  it("counts what is done for all parts of a message together", () => {
    const deep = contractOfParts({
      entries: [entry("tree", { items: { $ref: "#" } })],
      others: null,
      unnamed: new Set(),
    });
    const tree = { name: "tree", data: Array.from({ length: 8000 }, () => []) };
    expect([partsSaid(deep, [tree, tree]), partsSaid(deep, [tree, tree, tree])]).toEqual([
      "pass",
      "costly: its schema refers to itself, and leads on in more ways than may be followed",
    ]);
  });
});
