import { Buffer, isUtf8 } from "node:buffer";
import type { MessagePart } from "../dialects/dialect.ts";
import {
  pass,
  type ConnectionGuard,
  type Denial,
  type Guard,
  type GuardDefinition,
  type Message,
  type MessageVerdict,
} from "./guard.ts";
import { checkHygiene, checkPlainText, type HygieneFinding, type HygieneOptions } from "./json-hygiene.ts";
import { quotedPointer } from "./quoted-pointer.ts";
import { createSanitizer, type Sanitized } from "./sanitize-markup.ts";
import { createByteWalk, type ByteFindings, type ByteWalk } from "./threat-bytes.ts";
import { createExclusions, stepsTo, textsOf, type FoundText } from "./threat-fields.ts";
import { threatOptions, type ThreatOptions } from "./threat-options.ts";
import { isHarmlessJson, mayThreatenJson, mayThreatenText, type FilteredText } from "./threat-prefilter.ts";
import { prepareSignatures, ThreatScanner, type ScanResult } from "./threat-scan.ts";

const TEXT = 1;

/** What a message says, as this guard looks at it. */
interface Contents {
  /** Of a text message, and of a binary one that is JSON where no dialect says what it is; `null` of any other. */
  readonly text: string | null;
  /** What its text is as JSON; `undefined`: it is none. */
  readonly json: unknown;
  /** What it says in the connection's dialect; `null`: there is none. */
  readonly parts: readonly MessagePart[] | null;
  /** What a walk through its bytes tells; `null`: nobody walked. */
  readonly found: ByteFindings | null;
}

function contentsOf(message: Message, bytes: ByteWalk): Contents {
  const parts = message.parts();
  const isText = message.opcode === TEXT;
  // Many an application parses a binary message like a text.
  const json = isText || (parts === null && isUtf8(message.bytes())) ? message.json() : undefined;
  const text = isText || json !== undefined ? message.text() : null;
  const found =
    text === null || json === undefined ? null : bytes.walk(message.bytes(), message.size === text.length);
  return { text, json, parts, found };
}

/** The first rule of hygiene that a message breaks. */
function findUnhygienic(
  size: number,
  { text, json, parts, found }: Contents,
  options: HygieneOptions,
): HygieneFinding {
  if (text !== null && json !== undefined) {
    return checkHygiene({ text, value: json, isAscii: size === text.length, found }, options);
  }
  const seen = new Set<string>();
  for (const part of parts ?? []) {
    if (part.json === null || seen.has(part.json)) continue;
    seen.add(part.json);
    const fault = checkHygiene({ text: part.json, value: part.data, isAscii: false }, options);
    if (fault !== null) return fault;
  }
  if (text === null) return parts === null && options.json === "require" ? NO_JSON : null;
  return checkPlainText(text, parts === null ? options : { ...options, json: "accept" });
}

const NO_JSON: HygieneFinding = "json: it is not JSON";

/** A text message as the prefilter wants it. */
function filtered(
  message: Message,
  text: string,
  walked: ByteWalk,
  found: ByteFindings | null,
): FilteredText {
  const bytes = (): Uint8Array => message.bytes();
  if (message.size === text.length) return { latin1: text, isAscii: true, bytes, found };
  if (found !== null) return { latin1: walked.projection(message.size), isAscii: false, bytes, found };
  const { buffer, byteOffset, byteLength } = message.bytes();
  const latin1 = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
  return { latin1, isAscii: false, bytes, found };
}

function mayThreaten(message: Message, contents: Contents, walked: ByteWalk): boolean {
  const { text, json, parts, found } = contents;
  if (text === null) return parts !== null && parts.length > 0;
  if (found !== null && isHarmlessJson(found, message.size === text.length)) return false;
  const filter = filtered(message, text, walked, found);
  if (json !== undefined) return mayThreatenJson(filter);
  return mayThreatenText(filter) || (parts !== null && mayThreatenJson(filter));
}

/** Texts of the JSON at their places in it, and then what a dialect has read out of it besides. */
function* everyText({ text, json, parts }: Contents): Generator<FoundText | null> {
  const seen = new Set<object>();
  if (json !== undefined) yield* textsOf(json, seen);
  for (const { data, json: from } of parts ?? []) {
    const isOfJson = typeof data === "string" && json !== undefined && from === text;
    if (!isOfJson) yield* textsOf(data, seen);
  }
  if (text !== null && json === undefined) yield { text, place: null };
}

const refused = ({ signatures, score }: ScanResult, found: FoundText, paranoia: number): Denial => ({
  code: "threat.signature",
  detail: `${signatures.map(({ id }) => id).join(", ")}: score ${score} at paranoia ${paranoia}, in ${
    found.place === null ? "the text" : quotedPointer(stepsTo(found.place))
  }`,
});

/** Makes what finds attacks in the texts of a message. */
function createSearch(
  options: ThreatOptions,
  walked: ByteWalk,
): (message: Message, contents: Contents) => Denial | null {
  const { paranoia, threshold, characters, sanitize } = options;
  const scanner = new ThreatScanner({ categories: new Set(options.signatures), paranoia });
  const exclusions = createExclusions([
    ...options.exclude,
    ...sanitize.map((field) => ({ field, signatures: ["script"] })),
  ]);
  return (message, contents) => {
    if (paranoia === 1 && !mayThreaten(message, contents, walked)) return null;
    const seen = new Set<string>();
    let left = characters;
    for (const found of everyText(contents)) {
      left -= found?.text.length ?? Number.POSITIVE_INFINITY;
      if (found === null || left < 0)
        return { code: "threat.too-much", detail: `more than ${characters} characters, or too deep` };
      const excluded = exclusions(found.place);
      if (excluded === null && seen.has(found.text)) continue;
      if (excluded === null) seen.add(found.text);
      const result = scanner.scan(found.text, excluded ?? undefined);
      if (result !== null && result.score >= threshold) return refused(result, found, paranoia);
    }
    return null;
  };
}

function close(denial: Denial): MessageVerdict {
  return { verdict: "close", ...denial };
}

function replace({ text, fields }: Sanitized): MessageVerdict {
  const detail = `markup in ${fields.map((field) => quotedPointer(field.split("/").slice(1))).join(", ")}`;
  return { verdict: "replace", payload: Buffer.from(text), code: "threat.sanitized", detail };
}

/**
 * Closes a connection (4522) whose client sends JSON that readers may read differently, or that is larger than it should be in any of
 * its dimensions; or a text that looks like an attack: script, SQL, shell, path traversal, templates, server-side requests.
 * Neutralises markup in fields where it is asked to. Asks about data messages from the client alone. Harmless messages cost one
 * walk through what was parsed and one leap through the text.
 */
export const threat: GuardDefinition<ThreatOptions> = {
  name: "threat",
  phases: ["message"],
  stops: "JSON that readers may read differently, and texts that look like attacks",
  options: threatOptions,
  async create(options): Promise<Guard> {
    const { mode, hygiene, signatures } = options;
    await prepareSignatures({ categories: new Set(signatures), paranoia: options.paranoia });
    const bytes = createByteWalk();
    const search = signatures.length === 0 ? null : createSearch(options, bytes);
    const sanitize = options.sanitize.length === 0 ? null : await createSanitizer(options.sanitize);
    const connection: ConnectionGuard = {
      message(message) {
        const contents = contentsOf(message, bytes);
        const unhygienic = hygiene === null ? null : findUnhygienic(message.size, contents, hygiene);
        if (unhygienic !== null) return close({ code: "threat.hygiene", detail: unhygienic });
        const found = search?.(message, contents) ?? null;
        if (found !== null) return close(found);
        const { text, json } = contents;
        const sanitized = text === null || json === undefined ? null : (sanitize?.(text) ?? null);
        return sanitized === null ? pass : replace(sanitized);
      },
    };
    return {
      name: "threat",
      mode,
      reads: { inbound: "json" },
      rewrites: { inbound: sanitize !== null },
      open: () => connection,
    };
  },
};
