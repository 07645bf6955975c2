import { describe, expect, it } from "vitest";
import { HeaderList } from "../protocol/header-list.ts";
import { MAX_ELEMENTS_TOGETHER } from "./cel-environment.ts";
import type {
  ConnectionFacts,
  ConnectionGuard,
  Guard,
  GuardServices,
  Handshake,
  Identity,
  Message,
} from "./guard.ts";
import { pass } from "./guard.ts";
import { permission } from "./permission.ts";
import { makePart, speaksWritten, writtenDialect } from "../../test/dialect-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import type { MessagePart } from "../dialects/dialect.ts";

function created(options: unknown): Guard {
  const guard = permission.create(permission.options.parse(options), {} as GuardServices);
  if (guard instanceof Promise) throw new TypeError("made later");
  return guard;
}

const ann: Identity = {
  provider: "jwt",
  user: "ann",
  issuer: "https://id.example.com",
  tenant: null,
  claims: { rooms: ["attic"], role: "member" },
  expiresAt: null,
  credential: "authorization",
};

const listener = { loopback: false, secure: true, port: 443, names: [] };

const facts = (identity: Identity = ann): ConnectionFacts => ({
  session: "s",
  address: "192.0.2.7",
  identity,
  request: {
    path: "/chat",
    host: "app.example.com",
    origin: null,
    secure: true,
    subprotocol: null,
    listener,
  },
  refreshable: false,
  wallNow: 0,
  now: 0,
});

function handshake(identity: Identity | null, origin?: string): Handshake {
  const headers = new HeaderList(origin === undefined ? [] : ["Origin", origin]);
  const { path, host, secure } = facts().request;
  return { identity, request: { path, host, secure, address: "192.0.2.7", headers } } as unknown as Handshake;
}

function opened(options: object, identity?: Identity): ConnectionGuard {
  const connection = created(options).open?.(facts(identity), { wake: () => undefined });
  if (connection === undefined) throw new TypeError("does not open");
  return connection;
}

function shown(value: unknown, parts: Partial<Message> = {}): Message {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const json = (): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  };
  return {
    direction: "inbound",
    opcode: 1,
    size: text.length,
    bytes: () => new Uint8Array(0),
    text: () => text,
    parts: () => null,
    fault: () => null,
    json,
    ...parts,
  };
}

function inDialect(options: object): ConnectionGuard {
  const services = { speaks: speaksWritten() } as GuardServices;
  const guard = permission.create(permission.options.parse(options), services);
  const connection = guard instanceof Promise ? undefined : guard.open?.(facts(), { wake: () => undefined });
  if (connection === undefined) throw new TypeError("does not open");
  return connection;
}

const made = (allow: string) => (): unknown => inDialect({ otherwise: "allow", rules: [{ allow }] });

const joinRule = { when: 'message.type == "join"', allow: "message.room in identity.claims.rooms" };
const rooms = { otherwise: "allow", rules: [joinRule] };
const members = { otherwise: "deny", rules: [{ allow: 'identity.claims.role == "member"' }] };

describe("permission", () => {
  it("must be told what becomes of the rest, and at least one rule", () => {
    for (const options of [
      undefined,
      {},
      { rules: [joinRule] },
      { otherwise: "deny" },
      { ...rooms, rules: [] },
    ])
      expect(permission.options.safeParse(options).success).toBe(false);
    expect(permission.options.parse(rooms)).toMatchObject({ mode: "enforce", unsafeAllowUnreadable: false });
  });

  it("reports every expression that is wrong, where it stands", () => {
    const rules = [{ allow: "mesage.a == 1" }, { when: "message.a =", allow: "true" }, { allow: "" }];
    const parsed = permission.options.safeParse({ otherwise: "deny", rules });
    expect(parsed.error?.issues.map(({ path, message }) => [path.join("."), message])).toEqual([
      ["rules.0.allow", expect.stringContaining("at 1:1: `mesage` is not known")],
      ["rules.1.when", expect.stringContaining("at 1:11")],
      ["rules.2.allow", expect.stringContaining("at 1:1")],
    ]);
  });

  it("reads JSON only in a direction whose rules read the message", () => {
    expect(created(rooms).reads).toEqual({ inbound: "json" });
    expect(created(members).reads).toEqual({});
    const outbound = { allow: 'identity.claims.role == "member"', direction: "outbound" };
    expect(created({ otherwise: "deny", rules: [outbound] }).reads).toEqual({ outbound: "nothing" });
  });
});

describe("permission, when a client connects", () => {
  it("lets in whom the rules let in, and refuses others with the rule", () => {
    expect(created(members).admission?.(handshake(ann))).toEqual({ verdict: "pass" });
    const guest = { ...ann, claims: { role: "guest" } };
    expect(created(members).admission?.(handshake(guest))).toEqual({
      verdict: "refuse",
      code: "permission.connect",
      detail: "rule 1: `allow` is false",
    });
  });

  it("refuses where a rule cannot be evaluated, and where nobody was made known", () => {
    expect(created(members).admission?.(handshake({ ...ann, claims: {} }))).toMatchObject({
      code: "permission.undecided",
      detail: "rule 1, `allow`: at 1:17: a field is not there",
    });
    expect(created(members).admission?.(handshake(null))).toMatchObject({ code: "permission.undecided" });
  });

  it("shows the rules where the request came from and what it asked for", () => {
    const allow =
      'request.path == "/chat" && request.host == "app.example.com" && request.address == "192.0.2.7" && request.secure && request.origin == "https://a.example"';
    const guard = created({ otherwise: "deny", rules: [{ allow }] });
    expect(guard.admission?.(handshake(ann, "https://a.example"))).toEqual({ verdict: "pass" });
    expect(guard.admission?.(handshake(ann))).toMatchObject({ verdict: "refuse" });
  });

  it("has no say about connecting where every rule is about messages, though the rest is denied", () => {
    const guard = created({ ...rooms, otherwise: "deny" });
    expect(guard.admission?.(handshake(null))).toEqual({ verdict: "pass" });
  });

  it("can be asked again about a connection that is open", () => {
    const guard = created({
      otherwise: "deny",
      rules: [{ allow: 'request.path == "/chat" && identity.user == "ann"' }],
    });
    expect(guard.readmit?.(facts())).toEqual({ verdict: "pass" });
    expect(guard.readmit?.(facts({ ...ann, user: "bob" }))).toMatchObject({
      verdict: "refuse",
      code: "permission.connect",
    });
  });
});

describe("permission, about messages", () => {
  it("passes what is allowed, and closes on what is not", () => {
    const connection = opened(rooms);
    expect(connection.message?.(shown({ type: "join", room: "attic" }), 0)).toEqual({ verdict: "pass" });
    expect(connection.message?.(shown({ type: "leave" }), 0)).toEqual({ verdict: "pass" });
    expect(connection.message?.(shown({ type: "join", room: "vault" }), 0)).toEqual({
      verdict: "close",
      code: "permission.message",
      detail: "rule 1: `allow` is false",
    });
  });

  it("keeps the directions apart", () => {
    const rules = [
      { allow: 'message.type != "shutdown"' },
      { allow: "message.room in identity.claims.rooms", direction: "outbound" },
    ];
    const connection = opened({ otherwise: "deny", rules });
    const said = (value: unknown, direction: Message["direction"]): string | undefined =>
      connection.message?.(shown(value, { direction }), 0).verdict;
    expect(said({ type: "shutdown", room: "attic" }, "inbound")).toBe("close");
    expect(said({ type: "shutdown", room: "attic" }, "outbound")).toBe("pass");
    expect(said({ type: "news", room: "vault" }, "inbound")).toBe("pass");
    expect(said({ type: "news", room: "vault" }, "outbound")).toBe("close");
  });

  it.each([
    ["a text that is not JSON", shown("{type:"), "a text message that is not JSON, of 6 bytes"],
    ["an empty text", shown(""), "a text message that is not JSON, of 0 bytes"],
    [
      "binary, though it holds JSON: many an application parses it like a text",
      shown({ type: "join", room: "vault" }, { opcode: 2 }),
      "a binary message, of 30 bytes",
    ],
  ])("refuses %s where rules read messages, even if the rest is allowed", (_what, message, detail) => {
    expect(opened(rooms).message?.(message, 0)).toEqual({
      verdict: "close",
      code: "permission.unreadable",
      detail,
    });
  });

  it("leaves what it cannot read to the rules that do not read it, and to `otherwise`, where that is asked for", () => {
    const unsafe = { unsafeAllowUnreadable: true };
    const binary = shown("", { opcode: 2 });
    expect(opened({ ...rooms, ...unsafe }).message?.(binary, 0)).toEqual({ verdict: "pass" });
    expect(opened({ ...rooms, ...unsafe, otherwise: "deny" }).message?.(binary, 0)).toMatchObject({
      verdict: "close",
    });
    const rules = [joinRule, { allow: 'identity.user == "bob"', direction: "inbound" }];
    expect(opened({ ...rooms, ...unsafe, rules }).message?.(binary, 0)).toMatchObject({
      detail: "rule 2: `allow` is false",
    });
  });

  it("does not parse messages for rules that do not read them", () => {
    const rules = [{ allow: 'identity.user == "ann"', direction: "inbound" }];
    const message = shown("not JSON", {
      json: () => {
        throw new Error("parsed");
      },
    });
    expect(opened({ otherwise: "deny", rules }).message?.(message, 0)).toEqual({ verdict: "pass" });
    expect(opened({ otherwise: "deny", rules }, { ...ann, user: "bob" }).message?.(message, 0)).toMatchObject(
      {
        verdict: "close",
      },
    );
  });

  it("goes by the rights of a proof that was renewed in place", () => {
    const connection = opened(rooms);
    const join = shown({ type: "join", room: "vault" });
    expect(connection.message?.(join, 0)).toMatchObject({ verdict: "close" });
    connection.refreshed?.({ identity: { ...ann, claims: { rooms: ["vault"] } }, wallNow: 0, now: 0 });
    expect(connection.message?.(join, 0)).toEqual({ verdict: "pass" });
  });

  it("keeps nothing of one message for the next", () => {
    const rules = [{ allow: "has(message.a)" }];
    const connection = opened({ otherwise: "deny", rules });
    expect(connection.message?.(shown({ a: 1 }), 0)).toEqual({ verdict: "pass" });
    expect(connection.message?.(shown({ b: 1 }), 0)).toMatchObject({ verdict: "close" });
  });

  it("closes on hostile messages, and tells nothing of them", () => {
    const hostile = [
      '{"type":"join","room":["attic"]}',
      '{"type":"join","room":{"toString":"attic"}}',
      '{"type":{"constructor":1},"room":"attic"}',
      `{"type":${"[".repeat(5000)}${"]".repeat(5000)}}`,
      '{"type":"join","room":"hunter2"}',
      "null",
      "[]",
      '"join"',
    ];
    for (const text of hostile) {
      const verdict = opened(rooms).message?.(shown(text), 0);
      expect([text.slice(0, 40), verdict?.verdict]).toEqual([text.slice(0, 40), "close"]);
      expect(JSON.stringify(verdict)).not.toContain("hunter2");
    }
  });

  describe("on a route with a dialect", () => {
    const subscribing = { when: 'message.kind == "subscribe"', allow: 'message.name == "news"' };
    const dialect = writtenDialect().open(null);
    const said = (...parts: Partial<MessagePart>[]): Message =>
      messageFixture(JSON.stringify(parts.map(makePart)), { dialect });

    it("asks its rules about every part of a message", () => {
      const connection = inDialect({ otherwise: "allow", rules: [subscribing] });
      const news = { kind: "subscribe", name: "news" };
      expect(connection.message?.(said(news, { name: "x" }, news), 0)).toEqual({ verdict: "pass" });
      expect(connection.message?.(said(), 0)).toEqual({ verdict: "pass" });
      expect(connection.message?.(said(news, { kind: "subscribe", name: "secrets" }, news), 0)).toEqual({
        verdict: "close",
        code: "permission.message",
        detail: "rule 1: `allow` is false",
      });
    });

    it("refuses what is not in the dialect, or lets the other rules decide", () => {
      const strange = messageFixture("{}", { dialect });
      const options = { otherwise: "deny", rules: [subscribing] };
      expect(inDialect(options).message?.(strange, 0)).toEqual({
        verdict: "close",
        code: "permission.unreadable",
        detail: "a text message that is not in the dialect, of 2 bytes",
      });
      expect(inDialect({ ...options, unsafeAllowUnreadable: true }).message?.(strange, 0)).toMatchObject({
        code: "permission.message",
      });
    });

    it("goes through no more lists for a message of many parts than for one, and counts each message anew", () => {
      const allow = "message.data.exists(one, one == 1)";
      const connection = inDialect({ otherwise: "allow", rules: [{ allow }] });
      const long = { data: Array.from({ length: 1000 }, () => 1) };
      const parts = MAX_ELEMENTS_TOGETHER / 1000;
      const most = said(...Array.from({ length: parts }, () => long));
      expect([connection.message?.(most, 0), connection.message?.(most, 0)]).toEqual([pass, pass]);
      const more = said(...Array.from({ length: parts }, () => long), { data: [1] });
      expect(connection.message?.(more, 0)).toMatchObject({
        code: "permission.undecided",
        detail: expect.stringContaining("too many elements") as unknown,
      });
    });

    it("knows the fields and kinds of messages when it is made", () => {
      expect(made('message.type == "join"')).toThrow(
        "rule 1, `allow`: at 1:9: No such key: type: a message of the route has `kind`, `name`, `id` and `data`",
      );
      expect(made('message.kind == "subscibe"')).toThrow(
        'rule 1, `allow`: at 1:17: no message of the route is of the kind "subscibe": there are say, subscribe',
      );
    });
  });
});
