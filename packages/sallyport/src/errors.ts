/**
 * The registry of everything that can go wrong at the gate. One row ties together the stable code, the kind
 * of error, the WebSocket close code, the HTTP status, whether the peer may come back, what the operator reads
 * and how the operator can allow it. A peer is only ever told the number and an incident id.
 *
 * The part of a code before the dot is the name of the guard (or of the part of the engine) that decided.
 */

/**
 * - `violation`: the peer's bytes break a standard; a value, never an exception.
 * - `denial`: a guard's verdict about a well-formed request or message.
 * - `internal`: our fault, or the upstream's.
 */
export type ErrorKind = "violation" | "denial" | "internal";

/** One row of the registry. */
export interface ErrorRow {
  readonly kind: ErrorKind;
  /** The HTTP status where the connection is refused before the upgrade; `null` where it can only happen after. */
  readonly status: number | null;
  /** The close code (RFC 6455 section 7.4 and ours, 4400-4999) after the upgrade; `null` where it can only happen before. */
  readonly close: number | null;
  /** Whether the peer may try again: 4400-4499 and the retryable RFC codes say yes, 4500-4999 no. */
  readonly retry: boolean;
  /** What happened, for the operator. */
  readonly message: string;
  /** How the operator can allow it, or what the peer should mend. */
  readonly mend: string;
}

const violation = (close: number, message: string, mend: string): ErrorRow => ({
  kind: "violation",
  status: null,
  close,
  retry: false,
  message,
  mend,
});
const malformed = (status: number, message: string, mend: string): ErrorRow => ({
  kind: "violation",
  status,
  close: null,
  retry: false,
  message,
  mend,
});
const refusal = (status: number, retry: boolean, message: string, mend: string): ErrorRow => ({
  kind: "denial",
  status,
  close: null,
  retry,
  message,
  mend,
});
const denial = (close: number, retry: boolean, message: string, mend: string): ErrorRow => ({
  kind: "denial",
  status: null,
  close,
  retry,
  message,
  mend,
});

// Decided at the handshake, or about a connection that is open.
const forbidden = (message: string, mend: string): ErrorRow => ({
  kind: "denial",
  status: 403,
  close: 4503,
  retry: false,
  message,
  mend,
});

// A client that comes back with a fresh credential is welcome.
const unproven = (message: string, mend: string): ErrorRow => ({
  kind: "denial",
  status: 401,
  close: 4401,
  retry: false,
  message,
  mend,
});

const client = "The peer breaks RFC 6455: mend the peer. Nothing in the configuration allows this.";

/** A stable code of the registry: the part before the dot names who decides. */
export type ErrorCode =
  | "protocol.reserved-bit"
  | "protocol.reserved-opcode"
  | "protocol.unmasked-frame"
  | "protocol.masked-frame"
  | "protocol.length-not-minimal"
  | "protocol.length-overflow"
  | "protocol.control-fragmented"
  | "protocol.control-too-long"
  | "protocol.unexpected-continuation"
  | "protocol.unfinished-message"
  | "protocol.close-body"
  | "protocol.close-code"
  | "protocol.invalid-utf8"
  | "protocol.invalid-deflate"
  | "handshake.syntax"
  | "handshake.method"
  | "handshake.http-version"
  | "handshake.upgrade"
  | "handshake.connection"
  | "handshake.key"
  | "handshake.version"
  | "handshake.host"
  | "handshake.duplicate-header"
  | "handshake.body"
  | "handshake.target"
  | "handshake.protocol-syntax"
  | "handshake.extension-syntax"
  | "handshake.headers-too-large"
  | "handshake.target-too-long"
  | "handshake.too-slow"
  | "handshake.no-route"
  | "handshake.plain-http"
  | "proxyProtocol.malformed"
  | "proxyProtocol.too-slow"
  | "firewall.denied"
  | "firewall.banned"
  | "connectionLimit.total"
  | "connectionLimit.perAddress"
  | "connectionLimit.perUser"
  | "connectionLimit.handshakesPerAddress"
  | "connectionLimit.authenticateWithin"
  | "origin.foreign"
  | "origin.malformed"
  | "origin.missing"
  | "origin.host"
  | "identity.missing"
  | "identity.invalid"
  | "identity.ambiguous"
  | "identity.unavailable"
  | "identity.withdrawn"
  | "identity.logout"
  | "ticket.invalid"
  | "ticket.required"
  | "ticket.request"
  | "ticket.header"
  | "ticket.unavailable"
  | "revocation.refused"
  | "revocation.revoked"
  | "revocation.unavailable"
  | "subprotocol.not-allowed"
  | "subprotocol.missing"
  | "subprotocol.upstream-choice"
  | "permission.connect"
  | "permission.message"
  | "permission.undecided"
  | "permission.unreadable"
  | "messageSize.bytes"
  | "messageSize.ratio"
  | "messageSize.fragments"
  | "messageSize.opcode"
  | "messageSize.halfFrame"
  | "dialect.syntax"
  | "dialect.limit"
  | "dialect.missed"
  | "dialect.unknown"
  | "dialect.operations"
  | "messageRate.messages"
  | "messageRate.bytes"
  | "messageRate.user"
  | "messageRate.rule"
  | "threat.hygiene"
  | "threat.signature"
  | "threat.too-much"
  | "threat.sanitized"
  | "messageToken.missing"
  | "messageToken.invalid"
  | "messageToken.other-user"
  | "messageToken.unavailable"
  | "messageSchema.mismatch"
  | "messageSchema.unlisted"
  | "messageSchema.unreadable"
  | "messageSchema.costly"
  | "heartbeat.missed"
  | "heartbeat.idle"
  | "heartbeat.life"
  | "leak.reported"
  | "leak.redacted"
  | "leak.closed"
  | "expiry.token"
  | "expiry.refresh"
  | "expiry.other-user"
  | "slowConsumer.bytes"
  | "slowConsumer.after"
  | "slowConsumer.dropped"
  | "upstream.unreachable"
  | "upstream.too-slow"
  | "upstream.bad-answer"
  | "upstream.refused"
  | "upstream.lost"
  | "session.policy-changed"
  | "session.context-takeover"
  | "session.guard-failed"
  | "session.handler-failed"
  | "session.killed"
  | "session.draining"
  | "session.no-journal"
  | "session.no-memory"
  | "session.not-ready"
  | "watch.closed"
  | "watch.refresh";

/** All rows, by code. Retired codes are never used again. */
export const errors: Readonly<Record<ErrorCode, ErrorRow>> = {
  "protocol.reserved-bit": violation(
    1002,
    "A frame sets a reserved bit without a negotiated extension (RFC 6455 5.2).",
    client,
  ),
  "protocol.reserved-opcode": violation(1002, "A frame has a reserved opcode (RFC 6455 5.2).", client),
  "protocol.unmasked-frame": violation(1002, "A client frame is not masked (RFC 6455 5.1).", client),
  "protocol.masked-frame": violation(1002, "A server frame is masked (RFC 6455 5.1).", client),
  "protocol.length-not-minimal": violation(
    1002,
    "A payload length is not in its shortest form (RFC 6455 5.2).",
    client,
  ),
  "protocol.length-overflow": violation(
    1002,
    "A 64-bit payload length has its highest bit set (RFC 6455 5.2).",
    client,
  ),
  "protocol.control-fragmented": violation(1002, "A control frame is fragmented (RFC 6455 5.5).", client),
  "protocol.control-too-long": violation(
    1002,
    "A control frame is longer than 125 bytes (RFC 6455 5.5).",
    client,
  ),
  "protocol.unexpected-continuation": violation(
    1002,
    "A continuation frame without a message to continue (RFC 6455 5.4).",
    client,
  ),
  "protocol.unfinished-message": violation(
    1002,
    "A new message begins inside an unfinished one (RFC 6455 5.4).",
    client,
  ),
  "protocol.close-body": violation(1002, "A Close frame has a body of one byte (RFC 6455 5.5.1).", client),
  "protocol.close-code": violation(
    1002,
    "A Close frame carries a code that must not be sent (RFC 6455 7.4).",
    client,
  ),
  "protocol.invalid-utf8": violation(
    1007,
    "A text message or close reason is not UTF-8 (RFC 6455 8.1).",
    client,
  ),
  "protocol.invalid-deflate": violation(
    1007,
    "A compressed message does not inflate, or not to its very end (RFC 7692 7.2.2).",
    "Mend the peer, or write `compression: off` on the route.",
  ),

  "handshake.syntax": malformed(400, "The request is not HTTP/1.1 (RFC 9112).", "Mend the client."),
  "handshake.method": malformed(
    405,
    "The upgrade request is not a GET (RFC 6455 4.2.1).",
    "Mend the client.",
  ),
  "handshake.http-version": malformed(
    400,
    "The upgrade request is older than HTTP/1.1 (RFC 6455 4.2.1).",
    "Mend the client, or the proxy in front.",
  ),
  "handshake.upgrade": malformed(
    400,
    "The Upgrade header is not exactly `websocket` (RFC 6455 4.2.1).",
    "Mend the client.",
  ),
  "handshake.connection": malformed(
    400,
    "The Connection header lacks `Upgrade`, or names a header that must not be dropped (RFC 6455 4.2.1, RFC 9110 7.6.1).",
    "Mend the client, or the proxy in front.",
  ),
  "handshake.key": malformed(
    400,
    "Sec-WebSocket-Key is missing, repeated or not 16 bytes in base64 (RFC 6455 4.2.1).",
    "Mend the client.",
  ),
  "handshake.version": malformed(
    426,
    "Sec-WebSocket-Version is not 13 (RFC 6455 4.2.2).",
    "Use a client that speaks RFC 6455.",
  ),
  "handshake.host": malformed(
    400,
    "Host is missing, repeated or malformed (RFC 9112 3.2).",
    "Mend the client.",
  ),
  "handshake.duplicate-header": malformed(
    400,
    "A header that may stand once stands twice (RFC 6455 11.3).",
    "Mend the client.",
  ),
  "handshake.body": malformed(
    400,
    "The upgrade request announces a body (RFC 9112 6).",
    "Mend the client: an upgrade carries none.",
  ),
  "handshake.target": malformed(
    400,
    "The request target is not a plain, normalised path (RFC 3986 6.2.2).",
    "Mend the client.",
  ),
  "handshake.protocol-syntax": malformed(
    400,
    "Sec-WebSocket-Protocol is not a list of unique tokens (RFC 6455 4.1).",
    "Mend the client.",
  ),
  "handshake.extension-syntax": malformed(
    400,
    "Sec-WebSocket-Extensions breaks its grammar (RFC 6455 9.1).",
    "Mend the client.",
  ),
  "handshake.headers-too-large": malformed(
    431,
    "The request head is too large or has too many headers (RFC 6585 5).",
    "Send fewer or shorter headers and cookies.",
  ),
  "handshake.target-too-long": malformed(
    414,
    "The request target is too long (RFC 9110 15.5.15).",
    "Mend the client.",
  ),
  "handshake.too-slow": malformed(
    408,
    "The request head did not arrive in time.",
    "See `connectionLimit.authenticateWithin`.",
  ),
  "handshake.no-route": refusal(
    404,
    false,
    "No route serves this path on this host.",
    "Add a route for this path under `routes`.",
  ),
  "handshake.plain-http": refusal(
    426,
    false,
    "A plain HTTP request on a route that serves WebSockets only.",
    'Set `http: forward` on the route if its pages should be reachable through the gate. Long polling of Socket.IO and SockJS goes round the message guards: let clients connect with `transports: ["websocket"]`.',
  ),

  "proxyProtocol.malformed": malformed(
    400,
    "A trusted proxy began a connection without a PROXY protocol header, or with one that cannot be read.",
    "Let the proxy send the header (`send-proxy-v2`, `proxy_protocol on`), or take `proxyProtocol` out of the listener.",
  ),
  "proxyProtocol.too-slow": malformed(
    408,
    "The PROXY protocol header of a trusted proxy did not arrive within 5 s.",
    "Let the proxy send the header as soon as it connects, also for its health checks.",
  ),

  "firewall.denied": refusal(
    403,
    false,
    "The address is refused by the firewall lists.",
    "Take it out of `firewall.deny`, or add it to `firewall.allow`.",
  ),
  "firewall.banned": {
    kind: "denial",
    status: 403,
    close: 4529,
    retry: false,
    message: "The address is banned.",
    mend: "Remove the ban: `sallyport ban remove ADDRESS`.",
  },

  "connectionLimit.total": refusal(
    503,
    true,
    "The route has as many connections as it may have.",
    "Raise `connectionLimit.total`.",
  ),
  "connectionLimit.perAddress": refusal(
    429,
    true,
    "The address has as many connections as it may have.",
    "Raise `connectionLimit.perAddress`.",
  ),
  "connectionLimit.perUser": refusal(
    429,
    true,
    "The user has as many connections as they may have.",
    "Raise `connectionLimit.perUser`.",
  ),
  "connectionLimit.handshakesPerAddress": refusal(
    429,
    true,
    "The address opens connections too fast.",
    "Raise `connectionLimit.handshakesPerAddress`.",
  ),
  "connectionLimit.authenticateWithin": {
    kind: "denial",
    status: 408,
    close: 4408,
    retry: true,
    message: "The connection did not authenticate in time.",
    mend: "Raise `connectionLimit.authenticateWithin`.",
  },

  "origin.foreign": refusal(
    403,
    false,
    "The page's origin is not allowed here.",
    "Add it to `origin.allow` if the page is yours.",
  ),
  "origin.malformed": refusal(
    403,
    false,
    "The Origin header is repeated or not an origin (RFC 6454 7).",
    "Mend the client.",
  ),
  "origin.missing": refusal(
    403,
    false,
    "A cookie came without an Origin header.",
    "Send an Origin, or a token instead of a cookie; or set `origin.unsafeAllowMissing: true`.",
  ),
  "origin.host": refusal(
    421,
    false,
    "The Host is not one that this gate serves (DNS rebinding).",
    "Add the name to the route's `host`.",
  ),

  "identity.missing": unproven(
    "No credential was presented.",
    "Present a token, or write `identity: anonymous` if nobody needs to be known on this route.",
  ),
  "identity.invalid": unproven(
    "The credential was presented and is not valid.",
    "The detail says which check failed.",
  ),
  "identity.ambiguous": refusal(
    400,
    false,
    "More than one credential was presented (RFC 6750 2).",
    "Present one token in one place.",
  ),
  "identity.unavailable": refusal(
    503,
    true,
    "Nobody can say whether the credential is good: the keys or the endpoint of its provider cannot be had.",
    "See that the provider can be reached from the gate.",
  ),
  "identity.logout": refusal(
    400,
    false,
    "A back-channel logout was refused (OpenID Connect Back-Channel Logout 1.0 section 2.6).",
    "The detail says which check failed; the provider's client and `backchannelLogout.clientId` must be the same.",
  ),
  "identity.withdrawn": denial(
    4540,
    false,
    "The provider does not stand by the credential of an open connection any more.",
    "Sign in again; the provider ended the token or the session.",
  ),

  "ticket.invalid": refusal(
    403,
    false,
    "A ticket was presented that is unknown, used, too old, or was issued for something else.",
    "Fetch a fresh ticket from `POST /.sallyport/ticket` for each connection; raise `ticket.life` if clients connect late.",
  ),
  "ticket.required": refusal(
    403,
    false,
    "The route wants a one-time ticket, and the caller presented something that a page sends by itself.",
    "Fetch a ticket from `POST /.sallyport/ticket` before connecting, or write `ticket: accept`.",
  ),
  "ticket.request": refusal(
    400,
    false,
    "The body of a request to the gate is not what was expected.",
    'Send JSON: `{ "route": "/chat" }` for a ticket, `{ "session": …, "refreshSecret": … }` to refresh.',
  ),
  "ticket.header": refusal(
    403,
    false,
    "A request to the gate came without the header that no form and no foreign page can send (CWE-352).",
    "Send `Sallyport-Request: 1`.",
  ),
  "ticket.unavailable": refusal(
    503,
    true,
    "Tickets cannot be issued or redeemed now: their store is full or out of reach.",
    "See the log for the state's own problem.",
  ),

  "revocation.refused": refusal(
    401,
    false,
    "The proof was revoked.",
    "Sign in again; `sallyport revoke list` shows what is revoked, `sallyport revoke remove ID` takes it back.",
  ),
  "revocation.revoked": denial(
    4540,
    false,
    "The session, token or user of an open connection was revoked.",
    "Sign in again; `sallyport revoke list` shows what is revoked.",
  ),
  "revocation.unavailable": refusal(
    503,
    true,
    "What was revoked cannot be learnt now.",
    "Restore the shared state, or write `revocation: { onOutage: allow }`.",
  ),

  "subprotocol.not-allowed": refusal(
    400,
    false,
    "None of the offered subprotocols may pass.",
    "Add it to `subprotocol.allow`.",
  ),
  "subprotocol.missing": refusal(
    400,
    false,
    "No subprotocol was offered, and the route asks for one.",
    "Let the client offer one of `subprotocol.allow`, or take `subprotocol.required` out.",
  ),
  "subprotocol.upstream-choice": {
    kind: "internal",
    status: 502,
    close: null,
    retry: true,
    message: "The upstream chose a subprotocol that it was not offered (RFC 6455 4.1).",
    mend: "Mend the upstream.",
  },

  "permission.connect": forbidden(
    "The rules do not let this caller connect.",
    "The detail names the rule of `permission.rules`: change its `allow`, narrow its `when`, or give the user what it asks for.",
  ),
  "permission.message": denial(
    4503,
    false,
    "The rules do not let this user send or receive the message.",
    "The detail names the rule of `permission.rules`: change its `allow`, narrow its `when`, or give the user what it asks for.",
  ),
  "permission.undecided": forbidden(
    "A rule could not be evaluated, so what it speaks about was refused (fail closed).",
    "The detail names the rule and the place in it. Ask `has(message.field)` before a field that may be missing.",
  ),
  "permission.unreadable": denial(
    4503,
    false,
    "A message that is no JSON text came where rules read `message`.",
    "Write rules that do not read `message`, or let `otherwise` decide with `permission.unsafeAllowUnreadable: true`.",
  ),

  "messageSize.bytes": denial(
    1009,
    false,
    "A message is larger than it may be.",
    "Raise `messageSize.inbound` or `messageSize.outbound`.",
  ),
  "messageSize.ratio": denial(
    1009,
    false,
    "A compressed message inflates to more than its size allows.",
    "Raise `messageSize.ratio`.",
  ),
  "messageSize.fragments": denial(
    1008,
    false,
    "A message has more fragments than it may have.",
    "Raise `messageSize.fragments`.",
  ),
  "messageSize.opcode": denial(
    1003,
    false,
    "The route does not carry this kind of message.",
    "Change `messageSize.opcodes`.",
  ),
  "messageSize.halfFrame": denial(
    1008,
    false,
    "A message was begun and not finished in time.",
    "Raise `messageSize.finishWithin`.",
  ),

  "dialect.syntax": denial(
    4522,
    false,
    "A message is not in the dialect of its route.",
    "The detail says what was expected. Write the `dialect` that the application speaks.",
  ),
  "dialect.limit": denial(
    4522,
    false,
    "A message is beyond a limit of its dialect.",
    "The detail names the option of `dialect` to raise.",
  ),
  "dialect.missed": denial(
    1012,
    true,
    "A reload gave the route a dialect that must hear a talk from its beginning, in the middle of one.",
    "Let the client connect again.",
  ),
  "dialect.unknown": denial(
    4522,
    false,
    "The route has several dialects, and the subprotocol of the connection means none of them.",
    "Let the client ask for a subprotocol of one of them, or write a single `dialect`. `subprotocol.allow` refuses others at the handshake.",
  ),
  "dialect.operations": denial(
    1008,
    false,
    "The client has too many operations live at once.",
    "Raise `dialect.operations`.",
  ),

  "messageRate.messages": denial(
    4429,
    true,
    "The connection sent too many messages for too long.",
    "Raise `messageRate.perConnection` or its `burst`.",
  ),
  "messageRate.bytes": denial(
    4429,
    true,
    "The connection sent too many bytes for too long.",
    "Raise `messageRate.bytesPerConnection`.",
  ),
  "messageRate.user": denial(
    4429,
    true,
    "The user sent too many messages for too long.",
    "Raise `messageRate.perUser`.",
  ),
  "messageRate.rule": denial(
    4429,
    true,
    "The connection sent too many messages that a rule limits, for too long.",
    "The detail names the rule: raise its `rate` or `burst` in `messageRate.rules`.",
  ),

  "threat.hygiene": denial(
    4522,
    false,
    "A message's JSON is larger than it may be, or says one thing to one reader and another to the next.",
    "The detail names the rule: `threat.hygiene` has an option of that name. Raise it, or switch it off.",
  ),
  "threat.signature": denial(
    4522,
    false,
    "A text in a message looks like an attack.",
    "The detail names the signatures and the field. Where the field may hold such texts, list it in `threat.exclude`.",
  ),
  "threat.too-much": denial(
    4522,
    false,
    "A message that looks like an attack has more text than is looked at closely.",
    "Raise `threat.characters`, or list the field of long texts in `threat.exclude`.",
  ),
  "threat.sanitized": denial(
    4522,
    false,
    "Markup in a message was neutralised before it went on.",
    "Take the field out of `threat.sanitize` where it may hold markup.",
  ),

  "messageToken.missing": denial(
    4401,
    true,
    "A message came without a token or session id of its own.",
    "Let the client put it where `messageToken.pointer` says, in every message, as text in JSON.",
  ),
  "messageToken.invalid": denial(
    4401,
    true,
    "The token or session id of a message does not hold, or has ended.",
    "The detail says which check failed. Connect again with a fresh token.",
  ),
  "messageToken.other-user": denial(
    4503,
    false,
    "The token of a message is another user's than the connection's.",
    "Open another connection for another user.",
  ),
  "messageToken.unavailable": denial(
    1013,
    true,
    "Nobody can say whether the token of a message is good: the keys or the endpoint of its provider cannot be had.",
    "See that the provider can be reached from the gate.",
  ),

  "messageSchema.mismatch": denial(
    4522,
    false,
    "A message is not what its schema asks for.",
    "The detail says where in the message, and which rule of which schema: let the sender keep to it, or change the schema that `messageSchema` points to.",
  ),
  "messageSchema.unlisted": denial(
    4522,
    false,
    "A message came that the contract does not know in this direction.",
    "Add it to `messageSchema.inbound` or `messageSchema.outbound`, under its name or `*`, or to the AsyncAPI document; list the kinds that need no name in `messageSchema.unnamed`.",
  ),
  "messageSchema.unreadable": denial(
    4522,
    false,
    "A message that cannot be read came in a direction that has schemas.",
    "Send JSON texts, or messages of the route's dialect. A direction that `messageSchema` says nothing about is not checked.",
  ),
  "messageSchema.costly": denial(
    4522,
    false,
    "A message would take too long to check against its schema.",
    "The detail says what there was too much of. Raise `messageSchema.depth`, use `format` instead of a pattern, or tell the branches of a schema that refers to itself apart by a `const`.",
  ),

  "heartbeat.missed": denial(
    1001,
    true,
    "The peer did not answer our pings.",
    "Raise `heartbeat.interval` or `heartbeat.missed`.",
  ),
  "heartbeat.idle": denial(
    1001,
    true,
    "The connection carried no message for too long.",
    "Raise `heartbeat.idle`.",
  ),
  "heartbeat.life": denial(
    1001,
    true,
    "The connection reached the end of its life.",
    "Raise `heartbeat.life`.",
  ),

  "leak.reported": denial(
    1008,
    false,
    "A message to the client holds what should not leave; it passed (`leak.action: report`).",
    "Mend what sends it, or name its field in `leak.scope.except`; `redact` and `close` stop it.",
  ),
  "leak.redacted": denial(
    1008,
    false,
    "Values in a message to the client were hidden in place.",
    "Mend what sends them, name their field in `leak.scope.except`, or turn the detector `off` in `leak.detect`.",
  ),
  "leak.closed": denial(
    1008,
    false,
    "A message to the client holds what must not leave; it was not let through.",
    "Mend what sends it, name its field in `leak.scope.except`, or turn the detector `off` in `leak.detect`.",
  ),

  "expiry.token": denial(
    4401,
    true,
    "The token behind the connection has ended.",
    "Connect again with a fresh token.",
  ),

  "expiry.refresh": refusal(
    403,
    false,
    "A refresh named no session that is open here and can be refreshed, or not its secret.",
    "Refresh with the `session` and `refreshSecret` of the ticket that opened the connection; one without a ticket cannot be refreshed.",
  ),
  "expiry.other-user": refusal(
    403,
    false,
    "A refresh came with the proof of another user, issuer or tenant.",
    "Open another connection for another user.",
  ),

  "slowConsumer.bytes": denial(
    1013,
    true,
    "The peer does not read: too many bytes wait for it.",
    "Raise `slowConsumer.bytes`.",
  ),
  "slowConsumer.after": denial(
    1013,
    true,
    "The peer does not read: bytes have waited too long for it.",
    "Raise `slowConsumer.after`.",
  ),
  "slowConsumer.dropped": denial(
    1013,
    true,
    "A message was dropped because the peer does not read.",
    "Raise `slowConsumer.bytes`, or set `slowConsumer.policy: close`.",
  ),

  "upstream.unreachable": {
    kind: "internal",
    status: 502,
    close: null,
    retry: true,
    message: "The upstream could not be reached.",
    mend: "See that the upstream runs and that the route's `upstream` is right.",
  },
  "upstream.too-slow": {
    kind: "internal",
    status: 504,
    close: null,
    retry: true,
    message: "The upstream did not answer in time.",
    mend: "Raise `upstream.timeout`, or mend the upstream.",
  },
  "upstream.bad-answer": {
    kind: "internal",
    status: 502,
    close: null,
    retry: true,
    message: "The upstream answered the upgrade wrongly (RFC 6455 4.1).",
    mend: "Mend the upstream.",
  },
  "upstream.refused": {
    kind: "internal",
    status: 502,
    close: null,
    retry: false,
    message: "The upstream refused the upgrade; its answer was passed on.",
    mend: "Look at the upstream's log.",
  },
  "upstream.lost": {
    kind: "internal",
    status: null,
    close: 1012,
    retry: true,
    message: "The upstream went away without a Close.",
    mend: "Look at the upstream's log.",
  },

  "session.policy-changed": {
    kind: "internal",
    status: null,
    close: 1012,
    retry: true,
    message:
      "A reload changed the policy while the connection was in the middle of a message that it did not finish.",
    mend: "Nothing: the client comes back under the policy in force.",
  },
  "session.context-takeover": {
    kind: "internal",
    status: null,
    close: 1012,
    retry: true,
    message:
      "A compressed message did not go on, or not as it came, where later ones may refer to it (RFC 7692 7.1.1).",
    mend: "Nothing: a connection that opens under the policy of now is negotiated so that no message refers to another.",
  },
  "session.guard-failed": {
    kind: "internal",
    status: 500,
    close: 1011,
    retry: true,
    message: "A guard failed; the connection was refused (fail closed).",
    mend: "This is a defect: report it with the cause in the log.",
  },
  "session.handler-failed": {
    kind: "internal",
    status: 500,
    close: 1011,
    retry: true,
    message: "The application's handler failed; its connection was closed.",
    mend: "Where it failed is in the log: it is the application's own.",
  },
  "session.killed": denial(
    4540,
    false,
    "An operator ended the connection.",
    "Nothing: its user may connect anew. `sallyport revoke` or `sallyport ban add` keeps them out.",
  ),
  "watch.closed": denial(
    1008,
    false,
    "A detector of the watch noticed something about this connection, and its answer is to close.",
    "`sallyport watch list` says what was noticed; write `answer: alert` at that detector, or the caller into `watch.allow` or `watch.allowUsers`.",
  ),
  "watch.refresh": {
    kind: "denial",
    status: null,
    close: 4401,
    retry: true,
    message:
      "The watch demanded a fresh credential, and none came in time, or none can come on this connection.",
    mend: "Connect anew with a fresh credential; `sallyport watch undo` takes a demand back.",
  },
  "session.draining": {
    kind: "internal",
    status: 503,
    close: 1012,
    retry: true,
    message: "The gate is shutting down.",
    mend: "Connect again: another gate serves you.",
  },
  "session.no-memory": {
    kind: "internal",
    status: 503,
    close: null,
    retry: true,
    message: "The process has used nearly all the memory that it may use; open connections go on.",
    mend: "Give it more (`--max-old-space-size`, the container's limit), or lower `connectionLimit.total`.",
  },
  "session.no-journal": {
    kind: "internal",
    status: 503,
    close: null,
    retry: true,
    message:
      "The journal takes no records, and `whenFull: block` lets nobody in unrecorded; open connections wait.",
    mend: "See why in the log: most often its disk is full. Or choose `journal.whenFull: shed`.",
  },
  "session.not-ready": {
    kind: "internal",
    status: 503,
    close: null,
    retry: true,
    message: "The gate is not ready yet.",
    mend: "See `/.sallyport/ready`.",
  },
};
