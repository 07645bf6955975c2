import type { Direction } from "../events.ts";
import { readAsyncApi } from "./asyncapi-contract.ts";
import type { AsyncApiMessage } from "./asyncapi-message.ts";
import type { Guard, GuardDefinition, GuardServices, Message, MessageVerdict, Reads } from "./guard.ts";
import { pass, passForAll } from "./guard.ts";
import {
  contractOfParts,
  contractOfWhole,
  type ContractEntry,
  type MessageContract,
} from "./message-contract.ts";
import {
  messageSchemaOptions,
  type AsyncApiOptions,
  type DirectionSchemas,
  type MessageSchemaOptions,
} from "./message-schema-options.ts";
import { SchemaFiles } from "./schema-files.ts";

const DIRECTIONS: readonly Direction[] = ["inbound", "outbound"];
/** Stands for every name that is not listed. */
const OTHERS = "*";

/** What may be said in a direction; `null`: it is not checked. */
type Entries = Readonly<Record<Direction, readonly ContractEntry[] | null>>;

/**
 * Closes a connection with 4522 when a message is not in the contract: JSON Schemas by direction and, where the route has a dialect,
 * by name; or what an AsyncAPI 3 document says of the route's channels. Schemas are compiled when the guard is made.
 */
export const messageSchema: GuardDefinition<MessageSchemaOptions> = {
  name: "messageSchema",
  phases: ["message"],
  stops: "messages outside the contract: JSON Schema or AsyncAPI 3, per direction",
  options: messageSchemaOptions,
  async create(chosen, services): Promise<Guard> {
    const entries = await readEntries(chosen, services);
    const contracts = contractsOf(entries, chosen, services);
    const reads = DIRECTIONS.filter((direction) => contracts[direction] !== null).map(
      (direction): readonly [Direction, Reads] => [direction, "json"],
    );
    // Without a dialect it is the message alone that is judged, and no connection's talk.
    const passing = services.speaks === undefined ? passForAll : pass;
    const connection = {
      message: (message: Message): MessageVerdict => {
        const denial = contracts[message.direction]?.check(message) ?? null;
        return denial === null ? passing : { verdict: "close", ...denial };
      },
    };
    return {
      name: "messageSchema",
      mode: chosen.mode,
      reads: Object.fromEntries(reads),
      enforces: DIRECTIONS.flatMap((direction) => describe(direction, entries[direction])),
      open: () => connection,
    };
  },
};

async function readEntries(chosen: MessageSchemaOptions, services: GuardServices): Promise<Entries> {
  const files = new SchemaFiles(chosen.depth);
  const { asyncapi, inbound, outbound } = chosen;
  const entries =
    asyncapi === undefined
      ? { inbound: await entriesOf(inbound, files), outbound: await entriesOf(outbound, files) }
      : await entriesOfDocument(asyncapi, files, services.routePath);
  files.finish();
  return entries;
}

async function entriesOf(
  schemas: DirectionSchemas | undefined,
  files: SchemaFiles,
): Promise<readonly ContractEntry[] | null> {
  if (schemas === undefined) return null;
  const named = typeof schemas === "string" ? [[OTHERS, schemas] as const] : Object.entries(schemas);
  return await Promise.all(named.map(async ([name, file]) => ({ name, schema: await files.schemaOf(file) })));
}

async function entriesOfDocument(
  { document: file, channel, describes }: AsyncApiOptions,
  files: SchemaFiles,
  routePath: string,
): Promise<Entries> {
  const document = await files.read(file);
  const none = { inbound: null, outbound: null };
  if (document === null) return none;
  const { contract, faults } = readAsyncApi(file, document, {
    routePath,
    describes,
    channels: channel ?? null,
  });
  files.fault(...faults);
  if (contract === null) return none;
  const { inbound, outbound } = contract.messages;
  return {
    inbound: await entriesOfMessages(inbound, files),
    outbound: await entriesOfMessages(outbound, files),
  };
}

async function entriesOfMessages(
  messages: readonly AsyncApiMessage[],
  files: SchemaFiles,
): Promise<readonly ContractEntry[]> {
  return await Promise.all(
    messages.map(async ({ name, payload }) => ({
      name,
      schema: payload === null ? null : await files.compile(payload),
    })),
  );
}

function whole(entries: readonly ContractEntry[] | null): MessageContract | null {
  return entries === null ? null : contractOfWhole(entries);
}

function contractsOf(
  entries: Entries,
  { inbound, outbound, unnamed }: MessageSchemaOptions,
  { speaks }: GuardServices,
): Readonly<Record<Direction, MessageContract | null>> {
  if (speaks === undefined) {
    if (typeof inbound === "object" || typeof outbound === "object" || unnamed.length > 0)
      throw new Error(
        "messages have names and kinds where the route has a `dialect`: write one file for a direction, or the `dialect`",
      );
    return { inbound: whole(entries.inbound), outbound: whole(entries.outbound) };
  }
  const kinds = new Set(speaks.dialects.flatMap((dialect) => dialect.kinds));
  const unknown = unnamed.filter((kind) => !kinds.has(kind));
  if (unknown.length > 0)
    throw new Error(
      `\`unnamed\` lists ${unknown.join(", ")}: expected kinds of the dialect: ${[...kinds].join(", ")}`,
    );
  const named = (of: readonly ContractEntry[] | null): MessageContract | null =>
    of === null
      ? null
      : contractOfParts({
          entries: of.filter(({ name }) => name !== OTHERS),
          others: of.find(({ name }) => name === OTHERS) ?? null,
          unnamed: new Set(unnamed),
        });
  return { inbound: named(entries.inbound), outbound: named(entries.outbound) };
}

function describe(direction: Direction, entries: readonly ContractEntry[] | null): readonly string[] {
  if (entries === null) return [`${direction}: not checked`];
  if (entries.length === 0) return [`${direction}: nothing may be said`];
  return entries.map(({ name, schema }) => {
    const what = name === OTHERS ? (entries.length === 1 ? "every message" : "every other name") : name;
    return `${direction} ${what}: ${schema === null ? "anything" : schema.label}`;
  });
}
