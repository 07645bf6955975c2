import { isIPv4, isIPv6 } from "node:net";

/** A format as the validator takes it: what it checks, or `true` for one that says nothing about the value. */
export type SchemaFormat =
  | true
  | { readonly type: "string"; readonly validate: (text: string) => boolean }
  | { readonly type: "number"; readonly validate: (value: number) => boolean };

/** A longer string is of no format: none of them has use for more. */
export const MAX_FORMAT_CHARACTERS = 8192;

const text = (validate: (text: string) => boolean): SchemaFormat => ({
  type: "string",
  validate: (value) => value.length <= MAX_FORMAT_CHARACTERS && validate(value),
});
const matching = (pattern: RegExp): SchemaFormat => text((value) => pattern.test(value));
const number = (validate: (value: number) => boolean): SchemaFormat => ({ type: "number", validate });

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(value: string): boolean {
  const [, year, month, day] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(value) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined || day < 1) return false;
  const leapDay = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return day <= (DAYS[month - 1] ?? 0) + leapDay;
}

// A leap second is one of UTC: 23:59:60 wherever the offset leads (RFC 3339 5.7).
function isTime(value: string): boolean {
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/.exec(value);
  if (match === null) return false;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [offsetHour, offsetMinute] = [Number(match[5] ?? 0), Number(match[6] ?? 0)];
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second < 60) return true;
  const offset = (offsetHour * 60 + offsetMinute) * (match[4] === "-" ? -1 : 1);
  return (hour * 60 + minute - offset + 2880) % 1440 === 1439;
}

function isDateTime(value: string): boolean {
  return /^.{10}[Tt]/.test(value) && isDate(value.slice(0, 10)) && isTime(value.slice(11));
}

const LABELS =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

function isHostname(value: string): boolean {
  return value.length <= 253 && LABELS.test(value);
}

// A mailbox as people have it: a dot-atom before the @, a name or an address literal behind it (RFC 5321 4.1.2).
function isEmail(value: string): boolean {
  const at = value.lastIndexOf("@");
  if (at < 1 || at > 64 || value.length > 254) return false;
  const domain = value.slice(at + 1);
  const literal = /^\[(?:IPv6:)?(.+)\]$/.exec(domain)?.[1];
  const atom = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
  return (
    atom.test(value.slice(0, at)) &&
    (literal === undefined ? isHostname(domain) : isIPv4(literal) || isIPv6(literal))
  );
}

const URI_CHARACTERS = /^(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

// Brackets stand around an IPv6 address in the authority and nowhere else (RFC 3986 3.2.2).
function isUriReference(value: string): boolean {
  const authority = /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/(?:[^/?#[\]@]*@)?\[([^\]]*)\]/;
  const [literal = "", address = "::"] = authority.exec(value) ?? [];
  if (!isIPv6(address)) return false;
  const rest = value.slice(literal.length);
  const fragments = value.indexOf("#") === value.lastIndexOf("#");
  // The first segment of a relative path has no colon: it would be a scheme (RFC 3986 4.2).
  const [segment = ""] = value.split(/[/?#]/, 1);
  return fragments && URI_CHARACTERS.test(rest) && (SCHEME.test(value) || !segment.includes(":"));
}

const DURATION =
  /^P(?:\d+W|(?=[\dT])(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)?(?:T(?=\d)(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?)$/;

/**
 * The formats that are checked (JSON Schema 2020-12 validation 7.3, and those of numbers that AsyncAPI documents use). None of them
 * is worse than linear: their expressions never have two ways to go on.
 */
export const schemaFormats: Readonly<Record<string, SchemaFormat>> = {
  "date-time": text(isDateTime),
  date: text(isDate),
  time: text(isTime),
  duration: matching(DURATION),
  email: text(isEmail),
  hostname: text(isHostname),
  ipv4: text(isIPv4),
  // A zone is no part of it (RFC 4291 2.2).
  ipv6: text((value) => isIPv6(value) && !value.includes("%")),
  uri: text((value) => SCHEME.test(value) && isUriReference(value)),
  "uri-reference": text(isUriReference),
  uuid: matching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i),
  "json-pointer": matching(/^(?:\/(?:[^~/]|~[01])*)*$/),
  int32: number((value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31),
  int64: number(Number.isInteger),
  float: true,
  double: true,
  byte: true,
  binary: true,
  password: true,
};
