import type { Direction } from "../events.ts";
import { AsyncApiDocument, type Place } from "./asyncapi-document.ts";
import { readMessage, type AsyncApiMessage } from "./asyncapi-message.ts";
import type { DocumentFault } from "./document-faults.ts";
import { describeWritten, formatPointer, ownValue } from "./document-places.ts";
import type { KeyPath, LocatedDocument } from "./located-document.ts";

/** Which part of a document holds for a route. */
export interface AsyncApiChoice {
  /** The path that the route serves. */
  readonly routePath: string;
  /** The channels by name; `null`: those whose address is the route's path. */
  readonly channels: readonly string[] | null;
  /** Whose `send` and `receive` the document is written in. */
  readonly describes: "application" | "client";
}

/** What may be said on the channels of a route. */
export interface AsyncApiContract {
  /** The channels, by the names that they have in the document. */
  readonly channels: readonly string[];
  readonly messages: Readonly<Record<Direction, readonly AsyncApiMessage[]>>;
}

/** What could be read of a document: a contract, and everything that is wrong. */
export interface AsyncApiReading {
  /** `null`: nothing can be told. Not to be enforced where there are faults. */
  readonly contract: AsyncApiContract | null;
  readonly faults: readonly DocumentFault[];
}

const ROOT_KEYS = [
  "asyncapi",
  "id",
  "info",
  "servers",
  "defaultContentType",
  "channels",
  "operations",
  "components",
];
const CHANNEL_KEYS = [
  "address",
  "messages",
  "title",
  "summary",
  "description",
  "servers",
  "parameters",
  "tags",
  "externalDocs",
  "bindings",
];
const OPERATION_KEYS = [
  "action",
  "channel",
  "title",
  "summary",
  "description",
  "security",
  "tags",
  "externalDocs",
  "bindings",
  "traits",
  "messages",
  "reply",
];
const REPLY_KEYS = ["address", "channel", "messages"];
/** Each is compiled: a channel with more is several. */
const MAX_MESSAGES = 200;

/**
 * Derives from an AsyncAPI 3 document what may be said on a route: the messages of the operations that send and receive on its
 * channels, and of their replies. Reports every mistake in what it reads, keys that mean nothing included.
 */
export function readAsyncApi(
  file: string,
  located: LocatedDocument,
  choice: AsyncApiChoice,
): AsyncApiReading {
  const document = new AsyncApiDocument(file, located);
  const contract = read(document, choice);
  return { contract, faults: document.faults };
}

function read(document: AsyncApiDocument, choice: AsyncApiChoice): AsyncApiContract | null {
  const root = document.object([], "an AsyncAPI document", ROOT_KEYS);
  if (root === null || !isVersion3(document)) return null;
  const channels = readChannels(document);
  const chosen = choose(document, channels, choice);
  if (chosen === null) return null;
  const heard = new Map<string, Said>();
  for (const [, path] of document.entries(["operations"], "operations"))
    readOperation(document, path, { chosen, choice, heard });
  if (heard.size === 0 && document.faults.length === 0)
    document.fault(document.at(["operations"]) === undefined ? [] : ["operations"], {
      found: "no operation with a message",
      expected: `one that sends or receives on ${chosen.map(({ name }) => name).join(", ")}`,
    });
  const messages = [...heard.values()].slice(0, MAX_MESSAGES);
  const of = (direction: Direction): readonly AsyncApiMessage[] =>
    messages
      .filter((said) => said.direction === direction)
      .flatMap(({ key, path }) => readMessage(document, key, path) ?? []);
  return {
    channels: chosen.map(({ name }) => name),
    messages: { inbound: of("inbound"), outbound: of("outbound") },
  };
}

function isVersion3(document: AsyncApiDocument): boolean {
  const version = document.at(["asyncapi"]);
  if (typeof version === "string" && /^3\.[01]\.\d+$/.test(version)) return true;
  const older = typeof version === "string" && version.startsWith("2.");
  document.fault(["asyncapi"], {
    found: describeWritten(version),
    expected: "3.0.0 or 3.1.0",
    mend: older ? "Convert it: asyncapi convert FILE --target-version=3.0.0" : "",
  });
  return false;
}

interface Channel extends Place {
  readonly name: string;
  readonly address: string | null;
  /** Paths of the servers that have it, as they stand before its address. */
  readonly prefixes: readonly string[];
}

function readChannels(document: AsyncApiDocument): readonly Channel[] {
  return document.entries(["channels"], "channels").flatMap(([name, path]) => {
    const channel = document.object(path, "a channel", CHANNEL_KEYS);
    if (channel === null) return [];
    const address = document.text([...channel.path, "address"], "the address of a channel: a text, or null");
    return [{ ...channel, name, address, prefixes: prefixesOf(document, channel) }];
  });
}

function prefixesOf(document: AsyncApiDocument, { path }: Place): readonly string[] {
  const own = document.list([...path, "servers"], "servers of a channel");
  const servers = own.length > 0 ? own : document.entries(["servers"], "servers").map(([, at]) => at);
  const names = servers.flatMap((at) => ownValue(document.at(document.settle(at) ?? []), "pathname") ?? []);
  return ["", ...names.filter((name) => typeof name === "string")];
}

/** The channels of the route; `null`, and a fault that lists those that there are, where it has none. */
function choose(
  document: AsyncApiDocument,
  channels: readonly Channel[],
  { channels: wanted, routePath }: AsyncApiChoice,
): readonly Channel[] | null {
  const at = (exact: boolean): readonly Channel[] =>
    channels.filter((channel) => isAt(channel, routePath, exact));
  const named = channels.filter(({ name }) => wanted?.includes(name));
  if (wanted !== null && named.length === wanted.length) return named;
  const found = at(true).length > 0 ? at(true) : at(false);
  if (wanted === null && found.length > 0) return found;
  const listed = channels.map(({ name, address }) => `${name} (${address ?? "no address"})`).join(", ");
  const missing = wanted?.filter((name) => !channels.some((channel) => channel.name === name)).join(", ");
  document.fault(document.at(["channels"]) === undefined ? [] : ["channels"], {
    found: listed === "" ? "no channel" : listed,
    expected:
      missing === undefined
        ? `a channel whose address is the route's path ${routePath}`
        : `a channel named ${missing}`,
    mend: "Name it in the configuration: messageSchema: { asyncapi: { document: …, channel: NAME } }",
  });
  return null;
}

// An address may hold a query, and parameters in braces: those stand below the route.
function isAt({ address, prefixes }: Channel, routePath: string, exact: boolean): boolean {
  if (address === null) return false;
  const [path = ""] = address.split("?", 1);
  const brace = path.indexOf("{");
  if (exact !== (brace === -1)) return false;
  const fixed = exact ? path : path.slice(0, path.lastIndexOf("/", brace) + 1);
  return prefixes.some(
    (prefix) => `/${prefix}/${fixed}`.replaceAll(/\/+/g, "/").replace(/(?!^)\/$/, "") === routePath,
  );
}

/** A message, where it stands among its channel's. */
interface Said {
  readonly direction: Direction;
  readonly key: string;
  readonly path: KeyPath;
}

interface Reading {
  readonly chosen: readonly Channel[];
  readonly choice: AsyncApiChoice;
  readonly heard: Map<string, Said>;
}

function readOperation(document: AsyncApiDocument, path: KeyPath, reading: Reading): void {
  const operation = document.object(path, "an operation", OPERATION_KEYS);
  if (operation === null) return;
  const action = ownValue(operation.value, "action");
  if (action !== "send" && action !== "receive") {
    document.fault([...operation.path, "action"], {
      found: describeWritten(action),
      expected: "`send` or `receive`",
    });
    return;
  }
  const channel = channelOf(document, operation.path, reading);
  if (channel === null) return;
  const hears = (action === "receive") === (reading.choice.describes === "application");
  note(document, { path: operation.path, channel, direction: hears ? "inbound" : "outbound" }, reading);
  const replyPath = [...operation.path, "reply"];
  const reply =
    document.at(replyPath) === undefined ? null : document.object(replyPath, "a reply", REPLY_KEYS);
  if (reply === null) return;
  const own =
    ownValue(reply.value, "channel") === undefined ? channel : channelOf(document, reply.path, reading);
  if (own !== null)
    note(document, { path: reply.path, channel: own, direction: hears ? "outbound" : "inbound" }, reading);
}

/** The channel of an operation or a reply; `null` where it is none of the route's. */
function channelOf(document: AsyncApiDocument, path: KeyPath, { chosen }: Reading): Channel | null {
  const settled =
    ownValue(document.at(path), "channel") === undefined ? null : document.settle([...path, "channel"]);
  if (ownValue(document.at(path), "channel") === undefined)
    document.fault(path, { found: "no `channel`", expected: "the channel of an operation" });
  if (settled === null) return null;
  const place = formatPointer(settled);
  return chosen.find((channel) => formatPointer(channel.path) === place) ?? null;
}

interface Speaking {
  readonly path: KeyPath;
  readonly channel: Channel;
  readonly direction: Direction;
}

// Without `messages`, an operation is about every message of its channel (AsyncAPI 3.0, operation object).
function note(document: AsyncApiDocument, { path, channel, direction }: Speaking, { heard }: Reading): void {
  const all = document.entries([...channel.path, "messages"], "messages of a channel");
  const listed = ownValue(document.at(path), "messages") === undefined ? null : [...path, "messages"];
  const entries = listed === null ? all : listedMessages(document, listed, all);
  for (const [key, at] of entries)
    heard.set(`${direction} ${formatPointer(at)}`, { direction, key, path: at });
  if (heard.size > MAX_MESSAGES)
    document.fault([...channel.path, "messages"], {
      found: `${heard.size} messages`,
      expected: `at most ${MAX_MESSAGES}`,
    });
}

function listedMessages(
  document: AsyncApiDocument,
  path: KeyPath,
  all: readonly (readonly [string, KeyPath])[],
): readonly (readonly [string, KeyPath])[] {
  return document.list(path, "messages of an operation").flatMap((at) => {
    const target = document.follow(at);
    const place = target === null ? null : formatPointer(target);
    const found = all.find(([, own]) => formatPointer(own) === place);
    if (found !== undefined) return [found];
    if (target !== null)
      document.fault(at, {
        found: `#${place}`,
        expected: `one of the channel's messages: ${all.map(([key]) => key).join(", ")}`,
        mend: "Refer to it as #/channels/NAME/messages/NAME",
      });
    return [];
  });
}
