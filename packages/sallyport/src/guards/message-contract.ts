import type { MessagePart } from "../dialects/dialect.ts";
import type { CheckedSchema, SchemaMismatch } from "./checked-schema.ts";
import type { Denial, Message } from "./guard.ts";
import { quoted } from "./quoted.ts";
import { beginMessage } from "./schema-work.ts";

/** What a message of a name may be; `schema` is `null` where it may be anything. */
export interface ContractEntry {
  readonly name: string;
  readonly schema: CheckedSchema | null;
}

/** What may be said in one direction. */
export interface MessageContract {
  /** Why a message is not in it; `null`: it is. Never throws. */
  check(message: Message): Denial | null;
}

const TEXT = 1;
/** Messages that are told apart by trying one after the other. */
export const MAX_ALTERNATIVES = 32;

/**
 * Holds for whole messages, of a route without a dialect: each must be one of these. Where they can be told apart by the text of a
 * member, that text decides which one a message must be; else each is tried. @throws Error for more than can be tried
 */
export function contractOfWhole(entries: readonly ContractEntry[]): MessageContract {
  const choose = chooser(entries);
  return {
    check(message) {
      const value = message.opcode === TEXT ? message.json() : undefined;
      if (value === undefined)
        return unreadable(
          message.opcode === TEXT ? "a text message that is not JSON" : "a binary message",
          message,
        );
      beginMessage();
      const chosen = choose(value);
      return typeof chosen === "string" ? unlisted(chosen) : checkAny(chosen, value);
    },
  };
}

/** Which entries a value may be, or why it can be none. */
type Chooser = (value: unknown) => readonly ContractEntry[] | string;

function chooser(entries: readonly ContractEntry[]): Chooser {
  if (entries.length === 0) return () => "nothing may be said in this direction";
  if (entries.length === 1) return () => entries;
  const member = distinguishingMember(entries);
  if (member !== null) {
    const byText = new Map(entries.map((entry) => [entry.schema?.constants.get(member), [entry]]));
    return (value) =>
      byText.get(textAt(value, member)) ?? `by ${quoted(`/${member}`)} it is none of ${entries.length}`;
  }
  if (entries.length > MAX_ALTERNATIVES)
    throw new Error(
      `${entries.length} messages that no member tells apart: expected at most ${MAX_ALTERNATIVES}, or a required member with another \`const\` in each`,
    );
  return () => entries;
}

/** A member whose text is another one for each of them. */
function distinguishingMember(entries: readonly ContractEntry[]): string | null {
  const names = entries.flatMap(({ schema }) => [...(schema?.constants.keys() ?? [])]);
  const tells = (name: string): boolean => {
    const texts = entries.map((entry) => entry.schema?.constants.get(name));
    return !texts.includes(undefined) && new Set(texts).size === entries.length;
  };
  return names.find(tells) ?? null;
}

function textAt(value: unknown, member: string): string {
  const text: unknown =
    typeof value === "object" && value !== null
      ? Object.getOwnPropertyDescriptor(value, member)?.value
      : null;
  return typeof text === "string" ? text : "";
}

/** What holds for the parts of messages, on a route with a dialect. */
export interface NamedContract {
  /** Several of one name: a part must be one of them. */
  readonly entries: readonly ContractEntry[];
  /** For every name that is not listed; `null`: there is none. */
  readonly others: ContractEntry | null;
  /** Kinds of parts that pass where they have no name. */
  readonly unnamed: ReadonlySet<string>;
}

/**
 * Holds for what messages say in the dialect of the route: each part must be what its name asks for. A part without a name passes
 * where its kind is listed, or where it carries nothing. @throws Error for more entries of a name than can be tried
 */
export function contractOfParts({ entries, others, unnamed }: NamedContract): MessageContract {
  const byName = Map.groupBy(entries, ({ name }) => name);
  const choosers = new Map([...byName].map(([name, own]) => [name, chooser(own)]));
  const chooseOther = others === null ? null : chooser([others]);
  const checkPart = (part: MessagePart, message: Message): Denial | null => {
    const { name, kind, data } = part;
    const named = name === null ? undefined : choosers.get(name);
    const isEmpty = data === null || data === undefined;
    if (named === undefined && name === null && (isEmpty || unnamed.has(kind))) return null;
    const choose = named ?? chooseOther;
    if (choose === null)
      return unlisted(
        `a part of the kind ${quoted(kind)}, ${name === null ? "without a name" : "of a name that is not listed"}`,
      );
    if (ArrayBuffer.isView(data))
      return unreadable("a message with bytes where a schema asks for JSON", message);
    const chosen = choose(data);
    return typeof chosen === "string" ? unlisted(chosen) : checkAny(chosen, data);
  };
  return {
    check(message) {
      const parts = message.parts();
      if (parts === null)
        return unreadable(
          `a message that is not in the dialect (${message.fault()?.problem ?? "nobody knows it"})`,
          message,
        );
      beginMessage();
      for (const part of parts) {
        const denial = checkPart(part, message);
        if (denial !== null) return denial;
      }
      return null;
    },
  };
}

function unlisted(detail: string): Denial {
  return { code: "messageSchema.unlisted", detail };
}

function unreadable(what: string, { size }: Message): Denial {
  return { code: "messageSchema.unreadable", detail: `${what}, of ${size} bytes` };
}

function checkAny(entries: readonly ContractEntry[], value: unknown): Denial | null {
  const mismatches: (readonly [ContractEntry, SchemaMismatch])[] = [];
  for (const entry of entries) {
    const mismatch = entry.schema?.check(value) ?? null;
    if (mismatch === null) return null;
    if (mismatch.fault === "costly") return { code: "messageSchema.costly", detail: mismatch.detail };
    mismatches.push([entry, mismatch]);
  }
  return { code: "messageSchema.mismatch", detail: describe(mismatches) };
}

const MAX_SHOWN = 3;

// Names are those of the contract, and not the peer's.
function describe(mismatches: readonly (readonly [ContractEntry, SchemaMismatch])[]): string {
  const shown = mismatches.slice(0, MAX_SHOWN).map(([{ name }, { detail }]) => `${name}: ${detail}`);
  const rest = mismatches.length - shown.length;
  return rest === 0 ? shown.join("; ") : `${shown.join("; ")}; and ${rest} more`;
}
