import type { AsyncApiDocument, Place } from "./asyncapi-document.ts";
import { describeWritten, ownValue } from "./document-places.ts";
import type { KeyPath } from "./located-document.ts";
import type { SchemaSource } from "./schema-bundle.ts";
import type { Draft } from "./schema-keywords.ts";

/** A message that an AsyncAPI document describes. */
export interface AsyncApiMessage {
  /** Its `name`, or what it is called among the messages of its channel. */
  readonly name: string;
  /** What its payload is; `null`: the document does not say, so it may be anything. */
  readonly payload: SchemaSource | null;
}

const TRAIT_KEYS = [
  "headers",
  "correlationId",
  "contentType",
  "name",
  "title",
  "summary",
  "description",
  "tags",
  "externalDocs",
  "bindings",
  "examples",
];
const MESSAGE_KEYS = [...TRAIT_KEYS, "payload", "traits"];

/** Schema formats, and what they are read as: AsyncAPI's own is a superset of draft-07. */
const FORMATS: readonly (readonly [RegExp, Draft])[] = [
  [/^application\/vnd\.aai\.asyncapi(?:\+json|\+yaml)?; ?version=[23]\.\d+\.\d+$/, "draft-07"],
  [/^application\/schema\+(?:json|yaml); ?version=draft-07$/, "draft-07"],
  [/^application\/schema\+(?:json|yaml); ?version=(?:draft-)?2020-12$/, "2020-12"],
];

const JSON_TYPE = /^application\/(?:[A-Za-z0-9!#$&^_.-]+\+)?json *(?:;|$)/i;

/** Reads the message at a path, with its traits. `null`, and faults, where it cannot be checked. */
export function readMessage(document: AsyncApiDocument, key: string, path: KeyPath): AsyncApiMessage | null {
  const message = document.object(path, "a message", MESSAGE_KEYS);
  if (message === null) return null;
  const traits = document
    .list([...message.path, "traits"], "traits of a message")
    .map((at) => document.object(at, "a trait of a message", TRAIT_KEYS))
    .filter((trait) => trait !== null);
  // A trait never overrides what the message says itself; of two traits the later one counts (AsyncAPI 3.0, traits merge mechanism).
  const owners = [message, ...traits.toReversed()];
  const name = textOf(document, placeOf(owners, "name")) ?? key;
  checkMediaType(document, placeOf(owners, "contentType") ?? ["defaultContentType"]);
  return { name, payload: readPayload(document, [...message.path, "payload"]) };
}

/** Where the first of these says something under a key; `null` where none does. */
function placeOf(owners: readonly Place[], key: string): KeyPath | null {
  const owner = owners.find(({ value }) => ownValue(value, key) !== undefined);
  return owner === undefined ? null : [...owner.path, key];
}

function textOf(document: AsyncApiDocument, path: KeyPath | null): string | null {
  return path === null ? null : document.text(path, "a text");
}

function checkMediaType(document: AsyncApiDocument, path: KeyPath): void {
  const type = textOf(document, path);
  if (type === null || JSON_TYPE.test(type)) return;
  document.fault(path, {
    found: describeWritten(type),
    expected: "application/json, or a media type in +json: nothing else can be checked",
  });
}

function readPayload(document: AsyncApiDocument, path: KeyPath): SchemaSource | null {
  if (document.at(path) === undefined) return null;
  const source = { file: document.file, document: document.located };
  const settled = document.settle(path);
  if (settled === null) return null;
  if (ownValue(document.at(settled), "schemaFormat") === undefined)
    return { ...source, path, draft: "draft-07" };
  document.object(settled, "a schema with its format", ["schemaFormat", "schema"]);
  const format = document.text([...settled, "schemaFormat"], "a schema format: a text") ?? "";
  const draft = FORMATS.find(([pattern]) => pattern.test(format))?.[1];
  if (draft !== undefined) return { ...source, path: [...settled, "schema"], draft };
  document.fault([...settled, "schemaFormat"], {
    found: describeWritten(format),
    expected: "AsyncAPI's own, or JSON Schema: application/schema+json;version=draft-07 or 2020-12",
  });
  return null;
}
