import type { HeaderList } from "./header-list.ts";

/** Where a request stands in a distributed trace (W3C Trace Context, level 2). */
export interface TraceContext {
  /** 32 hexadecimal digits, lower case, not all zero. */
  readonly traceId: string;
  /** The span that the request was made in: 16 digits. */
  readonly parentId: string;
  readonly sampled: boolean;
  /** Whether the trace's id was drawn at random in its last seven bytes. */
  readonly random: boolean;
  /** `tracestate`, as it goes on; `null`: none, or none that could be read. */
  readonly state: string | null;
}

/** Of a `traceparent`; a later version may be longer (3.2.1). */
const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-[ -~]*)?$/;
/** Longer than any version that there is by far. */
const MAX_PARENT_CHARACTERS = 256;
const ZERO = /^0+$/;
/** That much must be passed on where anything is (3.3.1.5); what is longer is left out. */
const MAX_STATE_CHARACTERS = 512;
/** List members (3.3.1.1). */
const MAX_MEMBERS = 32;
/** `key=value`: a simple key, or one with a system's id (3.3.1.3). */
const MEMBER =
  /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

const [SAMPLED, RANDOM] = [1, 2];

/**
 * Reads `traceparent` and `tracestate`, strictly. `null` where there is no `traceparent`, more than one, or one that is not
 * well-formed: then a trace begins anew (3.2.2). A `tracestate` that is not well-formed, or longer than 512 characters, is left out, and
 * the trace goes on (3.3.1.5).
 */
export function parseTraceContext(headers: HeaderList): TraceContext | null {
  const [text, ...others] = headers.all("traceparent");
  if (text === undefined || others.length > 0 || text.length > MAX_PARENT_CHARACTERS) return null;
  const [, version, traceId = "", parentId = "", flags = ""] = PARENT.exec(text.trim()) ?? [];
  // Version 0 says what it is, and ends there; ff is none (3.2.2.1).
  if (version === undefined || version === "ff" || (version === "00" && text.trim().length !== 55))
    return null;
  if (ZERO.test(traceId) || ZERO.test(parentId)) return null;
  const bits = Number.parseInt(flags, 16);
  const [sampled, random] = [(bits & SAMPLED) !== 0, (bits & RANDOM) !== 0];
  return { traceId, parentId, sampled, random, state: readState(headers.all("tracestate")) };
}

/** Writes a `traceparent` of version 0 with our span as the parent. */
export function serializeTraceParent({
  traceId,
  parentId,
  sampled,
  random,
}: Omit<TraceContext, "state">): string {
  const flags = (sampled ? SAMPLED : 0) | (random ? RANDOM : 0);
  return `00-${traceId}-${parentId}-0${flags}`;
}

function readState(fields: readonly string[]): string | null {
  const text = fields.join(",");
  if (text.length > MAX_STATE_CHARACTERS) return null;
  const members = text
    .split(",")
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((member) => member !== "");
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf("="))));
  const isWhole = members.every((member) => MEMBER.test(member)) && keys.size === members.length;
  return isWhole && members.length > 0 && members.length <= MAX_MEMBERS ? members.join(",") : null;
}
