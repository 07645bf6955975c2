import { upgradeRequest, type RequestParts } from "../gateway/raw-client.ts";

const many = (count: number, text: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => text(index));

/** A handshake that is refused, with the status that is right. */
export interface RefusedHandshake extends RequestParts {
  readonly name: string;
  /** In place of the whole request. */
  readonly raw?: string;
  readonly status: number;
  /** It is no request for a resource, but CONNECT. */
  readonly connect?: true;
}

/** Handshakes by what they do, with the statuses that are right. `raw` stands for the whole request. */
export const refusedHandshakes: readonly RefusedHandshake[] = [
  { name: "H01: no Host (RFC 9112 3.2)", fields: { Host: null }, status: 400 },
  { name: "H02: two Host fields (RFC 9112 3.2)", lines: ["Host: 127.0.0.1"], status: 400 },
  { name: "H03: a POST (RFC 6455 4.2.1)", method: "POST", status: 405 },
  { name: "H04: HTTP/1.0 (RFC 6455 4.2.1)", version: "HTTP/1.0", status: 400 },
  { name: "H05: no key (RFC 6455 4.2.1)", fields: { "Sec-WebSocket-Key": null }, status: 400 },
  {
    name: "H06: a key that is not 16 bytes (RFC 6455 4.2.1)",
    fields: { "Sec-WebSocket-Key": "c2hvcnQ=" },
    status: 400,
  },
  {
    name: "H07: a key that is not base64 (RFC 6455 4.2.1)",
    fields: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" },
    status: 400,
  },
  {
    name: "H08: two keys (RFC 6455 11.3.1)",
    lines: ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="],
    status: 400,
  },
  { name: "H09: no version (RFC 6455 4.2.2)", fields: { "Sec-WebSocket-Version": null }, status: 426 },
  { name: "H10: version 99 (RFC 6455 4.4)", fields: { "Sec-WebSocket-Version": "99" }, status: 426 },
  {
    name: "H11: a list of versions (RFC 6455 11.3.5)",
    fields: { "Sec-WebSocket-Version": "13, 8" },
    status: 426,
  },
  { name: "H12: version 013 (RFC 6455 4.1)", fields: { "Sec-WebSocket-Version": "013" }, status: 426 },
  { name: "H15: an upgrade to h2c (RFC 9110 7.8)", fields: { Upgrade: "h2c" }, status: 400 },
  { name: "H16: a choice of protocols (RFC 9110 7.8)", fields: { Upgrade: "websocket, h2c" }, status: 400 },
  { name: "H17: no Connection: Upgrade (RFC 6455 4.2.1)", fields: { Connection: null }, status: 400 },
  {
    name: "H18: a space before the colon (RFC 9112 5.1)",
    lines: ["X-Space : 1"],
    status: 400,
  },
  { name: "H19: a folded line (RFC 9112 5.2)", lines: ["X-Fold: a", " b"], status: 400 },
  {
    name: "H20: bare line feeds (RFC 9112 2.2)",
    raw: upgradeRequest().replaceAll("\r\n", "\n"),
    status: 400,
  },
  { name: "H21: a NUL in a value (RFC 9110 5.5)", lines: ["X-Nul: a\0b"], status: 400 },
  {
    name: "H22: a header of 20 KiB (RFC 6585 5)",
    lines: [`X-Large: ${"a".repeat(20_480)}`],
    status: 431,
  },
  {
    name: "H23: 3000 headers (RFC 6585 5)",
    lines: many(3000, (index) => `X-${index}: 1`),
    status: 431,
  },
  { name: "H23: 101 small headers (RFC 6585 5)", lines: many(101, (index) => `X-${index}: 1`), status: 431 },
  { name: "H24: a target of 9 KiB (RFC 9110 15.5.15)", target: `/${"a".repeat(9216)}`, status: 414 },
  {
    name: "H24: a target of 20 KiB (RFC 6585 5)",
    target: `/${"a".repeat(20_480)}`,
    status: 431,
  },
  {
    name: "H25: a body (RFC 9112 6)",
    raw: `${upgradeRequest({ lines: ["Content-Length: 5"] })}hello`,
    status: 400,
  },
  {
    name: "H26: both framings of a body (RFC 9112 6.3)",
    raw: `${upgradeRequest({ lines: ["Content-Length: 5", "Transfer-Encoding: chunked"] })}0\r\n\r\n`,
    status: 400,
  },
  {
    name: "G15: two lengths (RFC 9112 6.3)",
    lines: ["Content-Length: 0", "Content-Length: 5"],
    status: 400,
  },
  {
    name: "G15: chunked, identity (RFC 9112 6.1)",
    lines: ["Transfer-Encoding: chunked, identity"],
    status: 400,
  },
  { name: "H27: a target in absolute form (RFC 9112 3.2.2)", target: "http://169.254.169.254/", status: 400 },
  { name: "H28: a target in asterisk form (RFC 9112 3.2.4)", target: "*", status: 400 },
  { name: "G11: a target of two slashes", target: "//evil.example/", status: 400 },
  { name: "G11: a target of two backslashes", target: "\\\\evil.example", status: 400 },
  { name: "H30: dot segments (RFC 3986 6.2.2.3)", target: "/ws/../ws", status: 400 },
  { name: "G12: escaped dot segments (RFC 3986 6.2.2.2)", target: "/ws/%2e%2e/admin", status: 400 },
  { name: "G12: an escaped slash (RFC 3986 2.2)", target: "/ws%2fadmin", status: 400 },
  { name: "G12: double escapes (RFC 3986 2.4)", target: "/ws%252fadmin", status: 400 },
  { name: "H32: a broken escape (RFC 3986 2.1)", target: "/%zz", status: 400 },
  { name: "G12: an escaped NUL (RFC 3986 7.3)", target: "/a%00b", status: 400 },
  {
    name: "H29: a path that no route serves",
    target: "/elsewhere",
    fields: { Host: "app.example.com" },
    status: 404,
  },
  {
    name: "H33: a subprotocol that is no token (RFC 6455 4.1)",
    lines: ["Sec-WebSocket-Protocol: a b"],
    status: 400,
  },
  { name: "H34: a subprotocol twice (RFC 6455 4.1)", lines: ["Sec-WebSocket-Protocol: a, a"], status: 400 },
  {
    name: "H38: an extension with an open quote (CVE-2020-7662)",
    lines: [`Sec-WebSocket-Extensions: a; b="${"c".repeat(8000)}`],
    status: 400,
  },
  {
    name: "H39: a subprotocol of 8000 spaces (CVE-2021-32640)",
    lines: [`Sec-WebSocket-Protocol: a${" ".repeat(8000)}b`],
    status: 400,
  },
  {
    name: "H36: an extension that breaks the grammar (RFC 6455 9.1)",
    lines: ["Sec-WebSocket-Extensions: ;"],
    status: 400,
  },
  {
    name: "H40: draft 75",
    fields: { "Sec-WebSocket-Key": null, "Sec-WebSocket-Version": null, Upgrade: "WebSocket" },
    status: 426,
  },
  {
    name: "H41: draft 76",
    fields: { "Sec-WebSocket-Key": null, "Sec-WebSocket-Version": null },
    lines: ["Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5", "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00"],
    status: 426,
  },
  {
    name: "H42: two Origin fields (RFC 6454 7.3)",
    lines: ["Origin: http://127.0.0.1", "Origin: http://evil.example"],
    status: 400,
  },
  { name: "H43: a foreign Origin (CWE-1385)", lines: ["Origin: http://evil.example"], status: 403 },
  { name: "H43: the Origin null (RFC 6454 7.3)", lines: ["Origin: null"], status: 403 },
  {
    name: "G13: Host and Origin both foreign (DNS rebinding)",
    fields: { Host: "evil.example" },
    lines: ["Origin: http://evil.example"],
    status: 421,
  },
  { name: "G13: a Host with a user name (RFC 9110 4.2.4)", fields: { Host: "user@127.0.0.1" }, status: 400 },
  { name: "G13: a Host with port zero", fields: { Host: "127.0.0.1:0" }, status: 400 },
  {
    name: "G10: Connection naming a security header (RFC 9110 7.6.1)",
    fields: { Connection: "Upgrade, Origin" },
    status: 400,
  },
  {
    name: "G10: Connection naming a user header (RFC 9110 7.6.1)",
    fields: { Connection: "Upgrade, X-User-Id" },
    status: 400,
  },
  {
    name: "G14: HTTP2-Settings beside websocket (RFC 9113 3.1)",
    lines: ["HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
    status: 400,
  },
  {
    name: "G14: the preface of HTTP/2 (RFC 9113 3.4)",
    raw: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    status: 400,
  },
  {
    name: "H45: TLS on the plain port",
    raw: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03".padEnd(170, "\0"),
    status: 400,
  },
  {
    name: "G11: CONNECT (RFC 9110 9.3.6)",
    raw: "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n",
    status: 405,
    connect: true,
  },
  { name: "G24: a query that is not UTF-8", target: "/?a=%ff%fe", status: 400 },
];

/** Handshakes that look odd and are right. */
export const oddHandshakes: readonly (RequestParts & { readonly name: string })[] = [
  { name: "H13: Upgrade in another case (RFC 6455 4.2.1)", fields: { Upgrade: "WebSocket" } },
  { name: "H14: Connection with keep-alive (RFC 6455 4.2.1)", fields: { Connection: "keep-alive, Upgrade" } },
  { name: "H31: an escaped letter of the path (RFC 3986 6.2.2.2)", target: "/%77s" },
  {
    name: "H35: an extension named constructor (RFC 6455 9.1)",
    lines: ["Sec-WebSocket-Extensions: constructor"],
  },
  {
    name: "H37: a window that is out of range (RFC 7692 7.1.2.1)",
    lines: ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=1000"],
  },
  {
    name: "G25: a subprotocol that nobody knows (RFC 6455 4.2.2)",
    lines: ["Sec-WebSocket-Protocol: unknown.example"],
  },
  { name: "H43: the gate's own origin", lines: [] },
  { name: "G24: a parameter named __proto__", target: "/?__proto__[x]=1&token=a&token=b" },
  { name: "G24: a thousand parameters", target: `/?${many(1000, (index) => `p${index}=1`).join("&")}` },
];
