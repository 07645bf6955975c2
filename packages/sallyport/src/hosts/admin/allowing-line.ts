import type { ErrorCode } from "../../errors.ts";
import type { DecisionEvent, HandshakeEvent } from "../../events.ts";

type Decision = HandshakeEvent | DecisionEvent;

/** What to write, and where. */
export interface AllowingLine {
  /** In words, such as `the route /chat`. */
  readonly where: string;
  /** YAML. A name that a peer chose is quoted in it. */
  readonly line: string;
}

/** Names that YAML reads as they are. */
const PLAIN = /^(?:[a-z]+:\/\/)?[A-Za-z0-9.-]+(?::\d+)?$/;

function scalar(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text);
}

/** Twice the limit that the detail names, in its own unit: `20/s` becomes `40/s`. */
function doubledRate({ detail }: Decision): string | null {
  const [, number, unit = ""] = /(\d+(?:\.\d+)?) ?([A-Za-z]{0,4})\/s/.exec(detail) ?? [];
  return number === undefined ? null : `${Number(number) * 2}${unit}/s`;
}

/** Twice the greatest count that the detail names. */
function doubledCount({ detail }: Decision): number | null {
  const counts = (detail.match(/\b\d{1,15}\b/g) ?? []).map(Number);
  return counts.length === 0 ? null : Math.max(...counts) * 2;
}

/** The next power of two that what was seen fits in, in KiB. */
function roomySize({ detail }: Decision): string | null {
  const seen = Number(/(\d{1,15}) bytes/.exec(detail)?.[1] ?? Number.NaN);
  if (Number.isNaN(seen)) return null;
  return `${2 ** Math.max(0, Math.ceil(Math.log2(seen / 1024)))}KiB`;
}

function option(guard: string, key: string, value: string | number | null): string | null {
  return value === null ? null : `${guard}: { ${key}: ${value} }`;
}

const originOf = (event: Decision): string | null =>
  event.type === "handshake" && event.origin !== null ? `[${scalar(event.origin)}]` : null;

function hostLine(event: Decision): string | null {
  const host = event.type === "handshake" ? event.arrival?.host : undefined;
  return host === undefined ? null : `host: ${scalar(host)}`;
}

function offeredSubprotocol({ detail }: Decision): string | null {
  const offered = /^offered "([^"]{1,128})"/.exec(detail)?.[1];
  return offered === undefined ? null : `[${scalar(offered)}]`;
}

const lines: Readonly<Partial<Record<ErrorCode, (event: Decision) => string | null>>> = {
  "handshake.plain-http": () => "http: forward",
  "protocol.invalid-deflate": () => "compression: off",
  "firewall.denied": ({ address }) => option("firewall", "allow", `[${scalar(address)}]`),
  "connectionLimit.total": (event) => option("connectionLimit", "total", doubledCount(event)),
  "connectionLimit.perAddress": (event) => option("connectionLimit", "perAddress", doubledCount(event)),
  "connectionLimit.perUser": (event) => option("connectionLimit", "perUser", doubledCount(event)),
  "connectionLimit.handshakesPerAddress": (event) =>
    option("connectionLimit", "handshakesPerAddress", doubledRate(event)),
  "connectionLimit.authenticateWithin": () => option("connectionLimit", "authenticateWithin", "30s"),
  "origin.foreign": (event) => option("origin", "allow", originOf(event)),
  "origin.missing": () => option("origin", "unsafeAllowMissing", "true"),
  "origin.host": hostLine,
  "identity.missing": () => "identity: anonymous",
  "ticket.required": () => "ticket: accept",
  "revocation.unavailable": () => option("revocation", "onOutage", "allow"),
  "subprotocol.not-allowed": (event) => option("subprotocol", "allow", offeredSubprotocol(event)),
  "permission.unreadable": () => option("permission", "unsafeAllowUnreadable", "true"),
  "messageSize.bytes": (event) => {
    const direction = event.type === "decision" ? event.direction : null;
    return option("messageSize", direction ?? "inbound", roomySize(event));
  },
  "messageSize.ratio": (event) => option("messageSize", "ratio", doubledCount(event)),
  "messageSize.fragments": (event) => option("messageSize", "fragments", doubledCount(event)),
  "messageSize.opcode": () => option("messageSize", "opcodes", "any"),
  "messageSize.halfFrame": () => option("messageSize", "finishWithin", "60s"),
  "messageRate.messages": (event) => option("messageRate", "perConnection", doubledRate(event)),
  "messageRate.bytes": (event) => option("messageRate", "bytesPerConnection", doubledRate(event)),
  "messageRate.user": (event) => option("messageRate", "perUser", doubledRate(event)),
  "heartbeat.missed": () => option("heartbeat", "interval", "60s"),
  "heartbeat.idle": () => option("heartbeat", "idle", "off"),
  "heartbeat.life": () => option("heartbeat", "life", "48h"),
  "leak.redacted": () => option("leak", "action", "report"),
  "leak.closed": () => option("leak", "action", "report"),
  "slowConsumer.bytes": (event) => option("slowConsumer", "bytes", roomySize(event)),
  "slowConsumer.after": () => option("slowConsumer", "after", "60s"),
};

/** Guards whose finer rules only whoever wrote them can change: what they refuse passes, and is still told, where they observe. */
const observable: ReadonlySet<string> = new Set([
  "permission",
  "threat",
  "messageToken",
  "messageSchema",
  "dialect",
]);

/**
 * The line of the configuration that would let pass what was decided; `null` where none does. A list or a limit that is there already is to be
 * extended by it, not replaced.
 */
export function allowingLine(event: Decision): AllowingLine | null {
  const { code, guard, route } = event;
  const line = lines[code]?.(event) ?? (observable.has(guard) ? option(guard, "mode", "observe") : null);
  if (line === null) return null;
  return { where: route === null ? "`defaults`" : `the route ${route}`, line };
}
