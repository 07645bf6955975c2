import type { Planted } from "./planted.ts";

/** One connection: what its peer sends, and which code must stand in the log for it. */
export interface Visit {
  readonly target?: string;
  /** Lines of the request's head beside the usual ones. */
  readonly lines?: readonly string[];
  /** Fields in place of the usual ones; `null` takes one out. */
  readonly fields?: Readonly<Record<string, string | null>>;
  /** The whole request, in place of all that. */
  readonly raw?: string;
  /** What it sends once it is in, as text frames; after the last it waits to be closed, or closes. */
  readonly says?: readonly string[];
  /** Bytes sent as they are, in place of a frame. */
  readonly bytes?: Buffer;
  /** It closes by itself, with this reason. */
  readonly leaves?: string;
  /** The code of the refusal or the close; `null`: none, it is let in and leaves. */
  readonly code: string | null;
}

/** The page from which all come who come from where they should. */
export const PAGE = "https://app.example.com";

const origin = `Origin: ${PAGE}`;

const bearer = (token: string): string => `Authorization: Bearer ${token}`;

/** Every way in, good and bad, each with canaries wherever a peer can put something. */
export async function makeVisits(planted: Planted): Promise<readonly Visit[]> {
  return [
    ...(await credentials(planted)),
    ...(await badCredentials(planted)),
    ...handshakes(planted),
    ...(await messages(planted)),
    ...surroundings(planted),
  ];
}

/** Good tokens, in each place that may carry one. */
async function credentials({ token, plant }: Planted): Promise<readonly Visit[]> {
  const says = [`{"type":"say","text":"${plant("a message")}"}`];
  const leaves = plant("a client's close reason");
  const usual = [origin, "Sec-WebSocket-Protocol: chat"];
  return [
    {
      target: `/chat?plain=${plant("the query")}`,
      lines: [
        ...usual,
        `Authorization: Bearer ${await token("Authorization")}`,
        `X-Custom: ${plant("another header")}`,
        `User-Agent: ${plant("the user agent")}`,
        `Cookie: theme=${plant("another cookie")}`,
      ],
      says,
      leaves,
      code: null,
    },
    {
      target: "/chat",
      lines: [origin, `Sec-WebSocket-Protocol: chat, sallyport.token.${await token("subprotocol")}`],
      says,
      leaves,
      code: null,
    },
    { target: "/chat", lines: [...usual, `Cookie: tok=${await token("cookie")}`], says, leaves, code: null },
    { target: `/chat?access_token=${await token("query")}&a=1`, lines: usual, says, leaves, code: null },
  ];
}

/** Tokens that are forged, old, two at a time, or nothing of the kind. */
async function badCredentials({ token, plant }: Planted): Promise<readonly Visit[]> {
  const forged = (where: string): Promise<string> =>
    token(`forged, ${where}`, { secret: `${plant("a forger's key")}${plant("more of it")}` });
  const chat = { target: "/chat", code: "identity.invalid" } as const;
  return [
    { ...chat, lines: [origin, bearer(await forged("Authorization"))] },
    { ...chat, lines: [origin, bearer(await token("expired", { expiresIn: -500 }))] },
    { ...chat, lines: [origin, bearer(plant("no token at all"))] },
    { ...chat, lines: [origin, bearer(`${plant("header")}.${plant("claims")}.${plant("signature")}`)] },
    { ...chat, lines: [origin, `Authorization: Basic ${plant("a password")}`], code: "identity.missing" },
    { ...chat, lines: [origin, `Sec-WebSocket-Protocol: sallyport.token.${await forged("subprotocol")}`] },
    { ...chat, lines: [origin, `Cookie: tok=${await forged("cookie")}; sid=${plant("a cookie beside it")}`] },
    { ...chat, target: `/chat?access_token=${await forged("query")}`, lines: [origin] },
    {
      ...chat,
      lines: [origin, bearer(await token("one of two")), `Cookie: tok=${await token("two of two")}`],
      code: "identity.ambiguous",
    },
    {
      ...chat,
      lines: [origin, `Sec-WebSocket-Protocol: chat, sallyport.ticket.${plant("a made-up ticket")}`],
      code: "ticket.invalid",
    },
    {
      ...chat,
      target: `/chat?sallyport-ticket=${plant("a ticket in the query")}`,
      lines: [origin],
      code: "ticket.invalid",
    },
    {
      target: "/tickets",
      lines: [origin, `Cookie: sid=${plant("a cookie instead")}`],
      code: "ticket.required",
    },
    { target: "/opaque", lines: [origin, bearer(plant("an opaque token"))], code: "identity.unavailable" },
    {
      target: "/badkeys",
      lines: [origin, bearer(await token("keys that are none"))],
      code: "identity.unavailable",
    },
    {
      target: "/session",
      lines: [origin, `Cookie: sid=${plant("a session's cookie")}`],
      leaves: "",
      code: null,
    },
    {
      target: "/session",
      lines: [origin, `Cookie: other=${plant("not its cookie")}`],
      code: "identity.missing",
    },
  ];
}

/** Requests that are refused before or beside the question who it is. */
function handshakes({ plant }: Planted): readonly Visit[] {
  const lines = [
    origin,
    `Authorization: Bearer ${plant("a token that nobody looked at")}`,
    `Cookie: a=${plant("a cookie that nobody looked at")}`,
  ];
  const open = { target: `/open?secret=${plant("a query that nobody looked at")}`, lines };
  const request = (first: string, more = ""): string =>
    [`${first} HTTP/1.1`, "Host: 127.0.0.1", ...lines, more, ""].join("\r\n");
  return [
    {
      ...open,
      lines: [...lines.slice(1), `Origin: https://${plant("a foreign origin")}.example`],
      code: "origin.foreign",
    },
    { ...open, lines: [...lines.slice(1), `Origin: not an ${plant("origin")}`], code: "origin.malformed" },
    { ...open, fields: { "Sec-WebSocket-Version": "12" }, code: "handshake.version" },
    { ...open, fields: { "Sec-WebSocket-Key": plant("a key") }, code: "handshake.key" },
    { ...open, fields: { Host: `a b ${plant("a host")}` }, code: "handshake.host" },
    { ...open, lines: [...lines, `Origin: ${plant("a second origin")}`], code: "handshake.duplicate-header" },
    { ...open, target: `/nowhere?secret=${plant("the query of no route")}`, code: "handshake.no-route" },
    {
      ...open,
      target: `http://u:${plant("a password in the target")}@127.0.0.1/open`,
      code: "handshake.target",
    },
    { ...open, target: `/%zz?secret=${plant("the query of a bad target")}`, code: "handshake.target" },
    {
      ...open,
      fields: { "Sec-WebSocket-Protocol": `a, a, "${plant("no subprotocol")}` },
      code: "handshake.protocol-syntax",
    },
    {
      ...open,
      fields: { "Sec-WebSocket-Extensions": `x="${plant("no extension")}` },
      code: "handshake.extension-syntax",
    },
    {
      raw: request(
        `CONNECT u:${plant("a password to connect with")}@127.0.0.1:1?x=${plant("a query to connect with")}`,
      ),
      code: "handshake.method",
    },
    {
      raw: request(
        `GET /open?x=${plant("a query in front of no HTTP")}`,
        `no field ${plant("no field")}\r\n`,
      ),
      code: "handshake.syntax",
    },
    { raw: request(`GET /open?x=${plant("a plain query")}`, ""), code: "handshake.plain-http" },
    {
      raw: request("GET /open", `X: ${plant("a long header")}${"x".repeat(70_000)}\r\n`),
      code: "handshake.headers-too-large",
    },
    { target: `/denied?x=${plant("the query of who is denied")}`, lines, code: "firewall.denied" },
    { target: "/forbidden", lines, code: "permission.connect" },
  ];
}

/** Messages that guards refuse, each in a connection of its own. */
async function messages({ token, plant, leakCanary }: Planted): Promise<readonly Visit[]> {
  const proof = bearer(await token("messages"));
  const said = (text: string, code: string, target = "/chat"): Visit => ({
    target,
    lines: [origin, proof],
    says: [text],
    code,
  });
  const word = (name: string): string => plant(`in a message: ${name}`);
  return [
    said(`{"type":"${word("a value outside the contract")}"}`, "messageSchema.mismatch"),
    said(`{"type":"say","${word("a name")}":{"__proto__":1}}`, "threat.hygiene"),
    said(`{"type":"say","text":"' OR '1'='1' -- ${word("an attack")}"}`, "threat.signature"),
    said(`{"type":"admin","text":"${word("forbidden")}"}`, "permission.message"),
    said(`{"type":"say","text":"${word("cut off")}`, "dialect.syntax"),
    said(`{"type":"say","text":"card 5105 1051 0510 5100 ${word("beside a card")} end"}`, "leak.redacted"),
    said(`{"type":"say","text":"${leakCanary} end"}`, "leak.redacted"),
    said(`{"type":"say","text":"${word("much")}${"x".repeat(70_000)}"}`, "messageSize.bytes"),
    said(`{"type":"say"}`, "messageToken.missing", "/tokens"),
    said(`{"type":"say","token":"${word("no token")}"}`, "messageToken.invalid", "/tokens"),
    said(
      `{"type":"say","token":"${await token("a forged one in a message", { secret: plant("another key") })}"}`,
      "messageToken.invalid",
      "/tokens",
    ),
    {
      target: "/open",
      lines: [origin],
      bytes: Buffer.concat([Buffer.from([0x81, 60]), Buffer.from(word("an unmasked frame").padEnd(60))]),
      code: "protocol.unmasked-frame",
    },
    {
      target: "/open",
      lines: [origin],
      bytes: Buffer.concat([
        Buffer.from([0x83, 0x80 | 42, 0, 0, 0, 0]),
        Buffer.from(word("a reserved opcode")),
      ]),
      code: "protocol.reserved-opcode",
    },
    {
      target: "/open",
      lines: [origin],
      bytes: Buffer.concat([
        Buffer.from([0x88, 0x80 | 44, 0, 0, 0, 0, 0x03, 0xec]),
        Buffer.from(word("the reason of a bad close")),
      ]),
      code: "protocol.close-code",
    },
    { target: "/open", lines: [origin], says: [`${word("before the end")} end`], leaves: "app", code: null },
  ];
}

/** Applications that fail. */
function surroundings({ plant }: Planted): readonly Visit[] {
  const lines = [origin, `Authorization: Bearer ${plant("a token for what fails")}`];
  return [
    { target: `/broken?x=${plant("a query for what fails")}`, lines, code: "upstream.bad-answer" },
    { target: "/refusing", lines, code: "upstream.refused" },
    { target: "/unreachable", lines, code: "upstream.unreachable" },
  ];
}
