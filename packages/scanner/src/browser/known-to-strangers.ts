import { isCredentialName } from "../scan-settings.ts";

/** How a page opens a socket, and what it says first. */
export interface Opening {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly subprotocols: readonly string[];
  /** Text messages of the page, the first ones. */
  readonly messages: readonly string[];
}

/** What of an opening a page of another site can know. */
export interface StrangersOpening extends Opening {
  /** What was left out, or would have to be, by what it is: never its value. */
  readonly without: readonly string[];
  /** The path itself is a secret: nobody else can ask for it. */
  readonly isSecretPath: boolean;
}

/** Messages of a page that are said again. */
const MAX_MESSAGES = 5;
/** Chance made it: a token, a hash, a UUID. Letters and digits, 16 or more without a break. */
const RANDOM = /(?=[\w+/=.~-]*\d)(?=[\w+/=.~-]*[a-z])[\w+/=.~-]{16,}/i;
/** Members that clients make up for themselves. */
const OWN_NAMES = /^(?:_?id|nonce|[a-z]*request_?id|message_?id|client_?id|ref|seq|ts|time|timestamp|date)$/i;
/** SockJS: a number and a session that the client makes up. */
const SOCKJS = /\/\d{3}\/[\w-]+\/websocket$/;

/**
 * The opening without what the page knows by its user alone: a ticket in the query, a token in a subprotocol or in a message. What a page
 * without any login knows as well is no secret. From the first message on that holds one, no further message is left.
 */
export function knownToStrangers(opening: Opening, anonymous: Opening | null): StrangersOpening {
  const url = new URL(opening.url);
  const without: string[] = [];
  const common = anonymous === null ? null : new URL(anonymous.url);
  for (const [name, value] of new URLSearchParams(url.search)) {
    if (common?.searchParams.get(name) === value || !isSecret(name, value)) continue;
    url.searchParams.delete(name);
    without.push(`the query's ${name}`);
  }
  const isSecretPath = common?.pathname !== url.pathname && !SOCKJS.test(url.pathname) && hasSecret(url);
  if (isSecretPath) without.push("a part of the path");
  const subprotocols = opening.subprotocols.filter(
    (name) => anonymous?.subprotocols.includes(name) === true || !RANDOM.test(withoutWords(name)),
  );
  if (subprotocols.length < opening.subprotocols.length) without.push("a subprotocol");
  const known = (message: string): boolean =>
    anonymous?.messages.includes(message) === true || !holdsSecret(message);
  const secretAt = opening.messages.findIndex((message) => !known(message));
  if (secretAt >= 0) without.push(`the page's message ${secretAt + 1} and what follows it`);
  const messages = opening.messages.slice(0, secretAt < 0 ? MAX_MESSAGES : Math.min(secretAt, MAX_MESSAGES));
  return { url: url.href, subprotocols, messages, without, isSecretPath };
}

/** One socket of a page is the same as another where they lead to the same path. */
export function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function hasSecret({ pathname }: URL): boolean {
  return pathname.split("/").some((part) => RANDOM.test(withoutWords(part)));
}

function isSecret(name: string, value: string): boolean {
  return isCredentialName(name) || RANDOM.test(withoutWords(value));
}

/** Names such as `graphql-transport-ws2` are words, and no chance. */
function withoutWords(text: string): string {
  return text.replaceAll(/(?<![\w])[a-z]{2,}\d?(?=[-._]|$)/gi, "");
}

/** Whether a message says what its user alone can know, such as a token. */
export function holdsSecret(message: string): boolean {
  // Socket.IO, SockJS and the like put digits or a letter before their JSON.
  const json = /[[{].*/s.exec(message)?.[0];
  if (json !== undefined) {
    try {
      return leafIsSecret("", JSON.parse(json), 0);
    } catch {
      // It is text that looks like JSON.
    }
  }
  return RANDOM.test(message);
}

/** How deep a message is looked into; deeper is a secret. */
const MAX_DEPTH = 32;

function leafIsSecret(name: string, value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return true;
  if (typeof value === "string")
    return isCredentialName(name) ? value !== "" : !OWN_NAMES.test(name) && RANDOM.test(withoutWords(value));
  if (typeof value !== "object" || value === null) return isCredentialName(name) && typeof value === "number";
  return Object.entries(value).some(([key, inner]) =>
    leafIsSecret(Array.isArray(value) ? name : key, inner, depth + 1),
  );
}
