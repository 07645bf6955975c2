import { Buffer } from "node:buffer";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionFacts, GuardServices, Message } from "../../packages/sallyport/src/guards/guard.ts";
import { messageSchema } from "../../packages/sallyport/src/guards/message-schema.ts";

import { inTurns } from "../rights/in-turns.ts";

const ROUNDS = 15;
const PER_ROUND = 20_000;

const value = {
  type: "message",
  id: "0f8fad5b-d9cb-469f-a165-70867728950e",
  room: "room-7",
  sentAt: "2026-11-22T10:00:00Z",
  user: {
    id: 4711,
    name: "Ann Example",
    email: "ann@example.com",
    avatar: "https://cdn.example.com/avatars/ann.png",
    tags: ["staff", "night", "berlin"],
  },
  text: "x".repeat(320),
  attachments: [
    { kind: "image", url: "https://cdn.example.com/a/1.png", bytes: 48213 },
    { kind: "image", url: "https://cdn.example.com/a/2.png", bytes: 51200 },
    { kind: "file", url: "https://cdn.example.com/a/3.pdf", bytes: 918273 },
  ],
  priority: 42,
  flags: { silent: false, urgent: true },
  reactions: { heart: 3, thumb: 12, tada: 1 },
  note: "",
};
// To the byte: 1 KiB of JSON.
value.note = "y".repeat(1024 - JSON.stringify(value).length);
const text = JSON.stringify(value);

const room = { type: "string", minLength: 1, maxLength: 64 };
const attachment = {
  type: "object",
  required: ["kind", "url", "bytes"],
  properties: {
    kind: { enum: ["image", "file"] },
    url: { type: "string", maxLength: 512 },
    bytes: { type: "integer", minimum: 0, maximum: 10_000_000 },
  },
  additionalProperties: false,
};
const user = {
  type: "object",
  required: ["id", "name"],
  properties: {
    id: { type: "integer", minimum: 1 },
    name: { type: "string", maxLength: 80 },
    email: { type: "string", maxLength: 254 },
    avatar: { type: "string", maxLength: 512 },
    tags: { type: "array", maxItems: 10, items: { type: "string", maxLength: 20 } },
  },
  additionalProperties: false,
};
const plain = {
  type: "object",
  required: ["type", "id", "room", "text"],
  properties: {
    type: { const: "message" },
    id: { type: "string", minLength: 36, maxLength: 36 },
    room,
    sentAt: { type: "string", maxLength: 40 },
    user,
    text: { type: "string", maxLength: 2000 },
    attachments: { type: "array", maxItems: 10, items: attachment },
    priority: { type: "integer", minimum: 0, maximum: 100 },
    flags: { type: "object", additionalProperties: { type: "boolean" } },
    reactions: {
      type: "object",
      propertyNames: { maxLength: 20 },
      additionalProperties: { type: "integer" },
    },
    note: { type: "string", maxLength: 1000 },
  },
  additionalProperties: false,
};

const schemas: Readonly<Record<string, object>> = {
  "types, lengths and ranges": plain,
  "with formats": {
    ...plain,
    properties: {
      ...plain.properties,
      id: { format: "uuid" },
      sentAt: { format: "date-time" },
      user: {
        ...user,
        properties: { ...user.properties, email: { format: "email" }, avatar: { format: "uri" } },
      },
    },
  },
  "with two patterns": {
    ...plain,
    properties: {
      ...plain.properties,
      id: { type: "string", pattern: "^[0-9a-f-]{36}$" },
      room: { type: "string", pattern: "^[a-z]+-[0-9]+$" },
    },
  },
  "as one of three": {
    oneOf: [
      { properties: { type: { const: "join" } }, required: ["type"] },
      { properties: { type: { const: "leave" } }, required: ["type"] },
      plain,
    ],
  },
  "with unique items": {
    ...plain,
    properties: { ...plain.properties, attachments: { type: "array", uniqueItems: true, items: attachment } },
  },
};

const message: Message = {
  direction: "inbound",
  opcode: 1,
  size: Buffer.byteLength(text),
  bytes: () => new Uint8Array(0),
  text: () => text,
  json: () => value,
  parts: () => null,
  fault: () => null,
};

/** What a check by one schema costs. */
export interface SchemaCheckCost {
  readonly name: string;
  /** Beside `JSON.parse` of the same message. */
  readonly ratio: number;
  readonly microseconds: number;
}

async function measure(name: string, file: string): Promise<SchemaCheckCost> {
  const options = messageSchema.options.parse({ inbound: file });
  // The guard uses no service but what a dialect would say.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const guard = await messageSchema.create(options, {} as GuardServices);
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const connection = guard.open?.({} as ConnectionFacts, { wake: () => undefined });
  const check = (): unknown => connection?.message?.(message, 0);
  if (connection?.message?.(message, 0).verdict !== "pass")
    throw new Error(`${name}: the schema does not let pass`);
  const { ratio, microseconds } = inTurns(
    { rounds: ROUNDS, calls: PER_ROUND },
    check,
    () => JSON.parse(text) as unknown,
  );
  return { name, ratio, microseconds };
}

/**
 * What `messageSchema` costs for a message of 1 KiB beside what reading the message costs anyway: `JSON.parse` of it. In one
 * process, taking turns; CPU time, user and system.
 */
export async function measureSchemas(): Promise<readonly SchemaCheckCost[]> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-bench-"));
  const costs: SchemaCheckCost[] = [];
  try {
    for (const [index, [name, schema]] of Object.entries(schemas).entries()) {
      const file = join(directory, `${index}.json`);
      await writeFile(file, JSON.stringify(schema));
      costs.push(await measure(name, file));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  return costs;
}
