import { findUnfaithfulNumber, mayHaveLongNumber } from "./faithful-numbers.ts";
import { findAmbiguousMember } from "./json-members.ts";
import { quotedName, quotedPointer } from "./quoted-pointer.ts";
import type { ByteFindings } from "./threat-bytes.ts";

/** What JSON may be like. */
export interface HygieneOptions {
  /** Objects and arrays inside each other. */
  readonly depth: number;
  /** Members of all objects together. */
  readonly keys: number;
  /** Elements of all arrays together. */
  readonly elements: number;
  /** Characters of a name. */
  readonly keyLength: number;
  /** Characters of a text; absent: as many as the message has. */
  readonly strings?: number | undefined;
  /** Refuses a name that stands twice in an object. */
  readonly duplicates: boolean;
  /** Refuses names that reach the prototype of objects. */
  readonly prototype: boolean;
  /** Refuses numbers that a double does not hold. */
  readonly numbers: boolean;
  /** Refuses halves of surrogate pairs. */
  readonly surrogates: boolean;
  /** Refuses control characters. */
  readonly control: boolean;
  /** Refuses a byte order mark. */
  readonly bom: boolean;
  /** Refuses text messages that are not JSON. */
  readonly json: "accept" | "require";
}

/** What is wrong, for the operator: the rule, and where or how much. Names of the peer's are quoted; never a value. */
export type HygieneFinding = string | null;

/** Names that objects of JavaScript have already: a member of that name stands before the method, and whoever calls it fails. */
const RESERVED: ReadonlySet<string> = new Set([
  "__proto__",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toLocaleString",
  "toString",
  "valueOf",
]);
/** The shortest and the longest of them: most names need no look at the list. */
const SHORTEST = 7;
const LONGEST = 20;
/** A path to the prototype in one name, as query strings and `set(object, path)` have it. */
const POLLUTING = /__proto__|constructor\W{1,4}prototype/;

/** What a text holds that the rules on characters are about: escaped, in ASCII, and in any text. */
const UNUSUAL_ESCAPE = /[\\\0](?:u(?:00[01]|007f|d[89a-f]|20[026]|feff)|[bf])/i;
// A class of two, so that the engine leaps.
// eslint-disable-next-line no-control-regex
const DELETE = /[\0\u007f]/;
const UNUSUAL = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
/** Without such an exponent no number vanishes. */
const SMALL = /e-[0-9]{3}/i;
/** C0 but tab, line feed and carriage return; DEL; the two overrides of direction, which make a text read otherwise than it is. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\u0008\u000b\u000c\u000e-\u001f\u007f\u202d\u202e]/;
/** In names nothing invisible has a use. */
// eslint-disable-next-line no-control-regex
const CONTROL_IN_NAME = /[\0-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** The expressions over a peer's text, for the test that proves them linear. */
export const hygienePatterns: readonly RegExp[] = [
  POLLUTING,
  UNUSUAL_ESCAPE,
  DELETE,
  UNUSUAL,
  SMALL,
  CONTROL,
  CONTROL_IN_NAME,
];

/** A finding on its way up to the root; the names that lead to it are put before it. */
interface Fault {
  readonly what: string;
  readonly path: (string | number)[];
}

/** One walk through one value. */
class Walk {
  keys = 0;
  /** A number is beyond the integers that a double holds: how it is written decides. */
  oddNumber = false;
  /** A number is zero, or was too small to be anything else. */
  zero = false;
  #elements = 0;
  readonly #options: HygieneOptions;
  readonly #characters: boolean;
  /** Names of less characters need no look: none of a rule is as short. */
  readonly #shortest: number;
  /** Texts of less characters need none either. */
  readonly #shortestText: number;

  constructor(options: HygieneOptions, characters: boolean) {
    const { keyLength, strings = Number.POSITIVE_INFINITY } = options;
    this.#options = options;
    this.#characters = characters;
    this.#shortest = characters ? 0 : Math.min(SHORTEST, keyLength + 1);
    this.#shortestText = characters ? 0 : Math.min(PROTO.length, strings + 1);
  }

  visit(value: unknown, depth: number): Fault | null {
    // Most values are numbers and short texts.
    if (typeof value === "number") {
      if (value === 0) this.zero = true;
      else if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) this.oddNumber = true;
      return null;
    }
    if (typeof value === "string") return value.length < this.#shortestText ? null : this.#text(value);
    if (typeof value !== "object" || value === null) return null;
    if (depth >= this.#options.depth) return fault(`depth: deeper than ${this.#options.depth}`);
    return Array.isArray(value) ? this.#array(value, depth + 1) : this.#object(value, depth + 1);
  }

  #array(values: readonly unknown[], depth: number): Fault | null {
    this.#elements += values.length;
    if (this.#elements > this.#options.elements)
      return fault(`elements: more than ${this.#options.elements}`);
    for (let index = 0; index < values.length; index++) {
      const found = this.visit(values[index], depth);
      if (found !== null) return below(found, index);
    }
    return null;
  }

  #object(members: object, depth: number): Fault | null {
    // What JSON.parse made has no enumerable names but its own, and `for in` costs a third of Object.entries.
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    const record = members as Readonly<Record<string, unknown>>;
    const shortest = this.#shortest;
    for (const name in record) {
      this.keys++;
      const value = record[name];
      const found = (name.length < shortest ? null : this.#name(name, value)) ?? this.visit(value, depth);
      if (found !== null) return below(found, name);
    }
    return this.keys > this.#options.keys ? fault(`keys: more than ${this.#options.keys}`) : null;
  }

  #name(name: string, value: unknown): Fault | null {
    const { keyLength, prototype, surrogates, control } = this.#options;
    const { length } = name;
    if (length > keyLength) return fault(`keyLength: a name of ${length} characters`);
    if (prototype && length >= SHORTEST && isReserved(name, value))
      return fault("prototype: a reserved name");
    if (!this.#characters) return null;
    if (surrogates && !name.isWellFormed()) return fault("surrogates: half a pair in a name");
    return control && CONTROL_IN_NAME.test(name) ? fault("control: a control character in a name") : null;
  }

  #text(text: string): Fault | null {
    const { strings, prototype, surrogates, control } = this.#options;
    if (strings !== undefined && text.length > strings)
      return fault(`strings: a text of ${text.length} characters`);
    if (prototype && text === PROTO) return fault("prototype: a reserved name as a value");
    if (!this.#characters) return null;
    if (surrogates && !text.isWellFormed()) return fault("surrogates: half a pair");
    return control && CONTROL.test(text) ? fault("control: a control character") : null;
  }
}
const PROTO = "__proto__";

function fault(what: string): Fault {
  return { what, path: [] };
}

function below(found: Fault, step: string | number): Fault {
  found.path.unshift(step);
  return found;
}

function isReserved(name: string, value: unknown): boolean {
  if (name.length <= LONGEST && RESERVED.has(name)) return true;
  if (name.length < 9) return false;
  if (name === "constructor")
    return typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
  return POLLUTING.test(name);
}

/**
 * Whether every member of an object in the text has a name of its own, told from counts alone: as many colons behind a quote as
 * there are members in the value that was parsed. `false`: it must be looked at closely. One colon more than needed, in a text, only costs that look;
 * one fewer there cannot be, since white space before a colon answers `false` too.
 */
function hasAsManyMembers({ text, found }: JsonText, keys: number): boolean {
  if (found !== undefined && found !== null) return found.members === keys;
  let members = 0;
  for (let colon = text.indexOf(":"); colon !== -1; colon = text.indexOf(":", colon + 1)) {
    const before = text.charCodeAt(colon - 1);
    if (before === 0x22) members++;
    else if (before === 0x20 || before === 0x0a || before === 0x0d || before === 0x09) return false;
  }
  return members === keys;
}

/** A text of JSON, and what `JSON.parse` made of it. */
export interface JsonText {
  readonly text: string;
  readonly value: unknown;
  /** Whether it is known that the text holds nothing but ASCII. */
  readonly isAscii: boolean;
  /** What a walk through its bytes has told; absent: nobody walked. */
  readonly found?: ByteFindings | null;
}

function isUnusual({ text, isAscii, found }: JsonText): boolean {
  if ((found?.escapes ?? text.includes("\\")) && UNUSUAL_ESCAPE.test(text)) return true;
  if (isAscii) return found?.deletes ?? DELETE.test(text);
  return found?.characters !== false && UNUSUAL.test(text);
}

function mayBeUnfaithful({ text, found }: JsonText, { oddNumber, zero }: Walk): boolean {
  const small = zero && (text.includes("e-") || text.includes("E-")) && SMALL.test(text);
  return oddNumber || small || (found?.longNumbers !== false && mayHaveLongNumber(text));
}

/**
 * Checks how a text of JSON is written and how large what it says is, before anybody reads its meaning: the first rule that it breaks.
 * Costs one walk through the value and some leaps through the text; only what looks odd is looked at closely, in linear time.
 */
export function checkHygiene(json: JsonText, options: HygieneOptions): HygieneFinding {
  const { text, value } = json;
  const characters = (options.surrogates || options.control) && isUnusual(json);
  const walk = new Walk(options, characters);
  const found = walk.visit(value, 0);
  if (found !== null) return `${found.what}, at ${quotedPointer(found.path)}`;
  if (options.duplicates && !hasAsManyMembers(json, walk.keys)) {
    const name = findAmbiguousMember(text);
    if (name !== null) return `duplicates: ${quotedName(name)} stands twice in an object`;
  }
  if (options.numbers && mayBeUnfaithful(json, walk)) {
    const number = findUnfaithfulNumber(text);
    if (number !== null) return `numbers: one of ${number.length} characters that a double does not hold`;
  }
  return null;
}

/** Checks a text message that is not JSON. */
export function checkPlainText(text: string, options: HygieneOptions): HygieneFinding {
  if (options.bom && text.charCodeAt(0) === 0xfeff) return "bom: it begins with a byte order mark";
  if (options.json === "require") return "json: it is not JSON";
  if (options.control && CONTROL.test(text)) return "control: a control character";
  return null;
}
