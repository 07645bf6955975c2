import { describe, expect, it } from "vitest";
import { makePart, writtenDialect } from "../../test/dialect-fixture.ts";
import { makeServices } from "../../test/handshake-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { facts, handle } from "../../test/recorded-session.ts";
import type { Direction } from "../events.ts";
import { dialect, type DialectOptions } from "./dialect.ts";
import type { Guard, Message, MessageVerdict } from "./guard.ts";

const parse = (options: unknown): DialectOptions => dialect.options.parse(options);

function problemsOf(options: unknown): readonly string[] {
  const result = dialect.options.safeParse(options);
  return result.success ? [] : result.error.issues.map(({ message }) => message);
}

function created(options: DialectOptions): Guard {
  const guard = dialect.create(options, makeServices());
  if (guard instanceof Promise) throw new TypeError("made later");
  return guard;
}

/** Asks about messages of one connection, one after the other. */
function asker(options: unknown): (message: Message) => MessageVerdict | undefined {
  const connection = created(parse(options)).open?.(facts, handle);
  return (message) => connection?.message?.(message, 0);
}

const written = writtenDialect().open(null);

function operations(changes: string, direction: Direction = "inbound"): Message {
  const list = changes.split(" ").map((text) => ({
    change: text.startsWith("+") ? "begin" : "end",
    key: text.slice(1),
  }));
  const parts = [makePart({ kind: "subscribe", operations: list as never })];
  return messageFixture(JSON.stringify(parts), { direction, dialect: written });
}

describe("dialect", () => {
  it("is chosen by name, with its defaults", () => {
    expect(parse("json")).toEqual({
      mode: "enforce",
      operations: 1000,
      json: expect.objectContaining({ name: "/type" }),
    });
    expect(parse({ json: { name: "/op" }, operations: 5, mode: "observe" })).toMatchObject({
      mode: "observe",
      operations: 5,
      json: { name: "/op" },
    });
  });

  it("is none but those that are written, whatever defaults the options of others have", () => {
    expect(parse({ "json-rpc": { batch: 5 } })).toEqual({
      mode: "enforce",
      operations: 1000,
      "json-rpc": expect.objectContaining({ batch: 5, pending: 1000 }),
    });
  });

  it("refuses names that are no dialect, and a mapping without any", () => {
    expect(problemsOf("xmpp")).toEqual([expect.stringContaining("expected `json`")]);
    expect(JSON.stringify(dialect.options.safeParse({ operations: 5 }))).toContain(
      "expected at least one of",
    );
    expect(problemsOf({ xmpp: {} })).toContain('Unrecognized key: "xmpp"');
  });

  it("speaks one dialect whatever the subprotocol, or the one that the subprotocol means", () => {
    const one = created(parse("json")).speaks;
    expect([one?.choose(null)?.name, one?.choose("mqtt")?.name]).toEqual(["json", "json"]);
    const auto = created(parse("auto")).speaks;
    expect(auto?.choose("Graphql-Transport-WS")?.name).toBe("graphql-transport-ws");
    expect(auto?.choose("mqtt")?.name).toBe("mqtt");
    expect([auto?.choose(null), auto?.choose("chat")]).toEqual([null, null]);
    const two = created(parse({ "graphql-transport-ws": {}, mqtt: {} })).speaks;
    expect([two?.choose(null), two?.choose("mqtt")?.name]).toEqual([null, "mqtt"]);
  });

  it("reads both directions whole", () => {
    expect(created(parse("json"))).toMatchObject({
      name: "dialect",
      mode: "enforce",
      reads: { inbound: "json", outbound: "json" },
    });
  });

  it("lets messages of the dialect pass, also those that complete nothing", () => {
    const ask = asker("json");
    expect(ask(messageFixture("[{}]", { dialect: written }))).toEqual({ verdict: "pass" });
    expect(ask(messageFixture("[]", { dialect: written, direction: "outbound" }))).toEqual({
      verdict: "pass",
    });
  });

  it("closes for a message that is not in it, is beyond its limits, or has no dialect", () => {
    const ask = asker("json");
    expect(ask(messageFixture("{", { dialect: written }))).toEqual({
      verdict: "close",
      code: "dialect.syntax",
      detail: "not written",
    });
    expect(ask(messageFixture('"limit"', { dialect: written }))).toMatchObject({ code: "dialect.limit" });
    expect(ask(messageFixture("{}"))).toMatchObject({ code: "dialect.unknown" });
  });

  it("counts live operations of the client, and closes beyond the limit", () => {
    const ask = asker({ json: {}, operations: 2 });
    expect(ask(operations("+a +b"))).toEqual({ verdict: "pass" });
    expect(ask(operations("+a"))).toEqual({ verdict: "pass" });
    expect(ask(operations("-a", "outbound"))).toEqual({ verdict: "pass" });
    expect(ask(operations("+c"))).toEqual({ verdict: "pass" });
    expect(ask(operations("+x +y +z", "outbound"))).toEqual({ verdict: "pass" });
    expect(ask(operations("+d"))).toEqual({
      verdict: "close",
      code: "dialect.operations",
      detail: 'more than 2 are live, as a "subscribe" begins another',
    });
  });

  it("keeps no more of them where it observes, and the connection goes on", () => {
    const ask = asker({ json: {}, operations: 1, mode: "observe" });
    const full = { verdict: "close", code: "dialect.operations" };
    expect([ask(operations("+a")), ask(operations("+b")), ask(operations("+c"))]).toMatchObject([
      { verdict: "pass" },
      full,
      full,
    ]);
    expect(ask(operations("+a"))).toEqual({ verdict: "pass" });
    expect(ask(operations("-a"))).toEqual({ verdict: "pass" });
    expect(ask(operations("+c"))).toEqual({ verdict: "pass" });
  });
});
