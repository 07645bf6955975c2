import { z } from "zod";
import type { Direction } from "../events.ts";
import type {
  Dialect,
  DialectConnection,
  DialectDefinition,
  DialectFault,
  DialectReading,
  MessagePart,
  OperationChange,
  ReadableMessage,
} from "./dialect.ts";
import { AMBIGUOUS, isFault, jsonOf, limitFault, syntaxFault } from "./fault.ts";
import { elementStarts, hasOtherCase, isJsonObject, standsTwice, suspectTwice } from "./json-names.ts";
import type { JsonObject } from "./json-names.ts";
import { skipSpace } from "./json-text.ts";
import { PendingBySide, type PendingBySideDraft } from "./pending-by-side.ts";
import { nameLengthOption, pendingOption } from "./remembered.ts";

/** Options of `json-rpc`. */
export interface JsonRpcOptions {
  /** Members of one batch. */
  readonly batch: number;
  /** Calls of each side without their answers. */
  readonly pending: number;
  /** Characters of a method or an id. */
  readonly nameLength: number;
}

const options: z.ZodType<JsonRpcOptions> = z.strictObject({
  batch: z.int().min(1).max(10_000).default(50).describe("Calls and answers that one batch may hold."),
  pending: pendingOption("Calls of each side that may wait for their answers."),
  nameLength: nameLengthOption,
});

/** What is read of a call or an answer: each must stand there once, and in no other case. */
const NAMES = ["jsonrpc", "method", "params", "id", "result", "error"];
const suspect = suspectTwice(NAMES);

/**
 * JSON-RPC 2.0, called by either side. Refuses binary messages, what is no JSON-RPC 2.0, members that two readers may read
 * differently, an id that is live already, and batches, calls without answers, names and ids beyond its options.
 */
export const jsonRpc: DialectDefinition<JsonRpcOptions> = {
  name: "json-rpc",
  reads: "JSON-RPC 2.0",
  options,
  create(chosen): Dialect {
    return {
      name: "json-rpc",
      subprotocols: [],
      kinds: ["call", "notification", "result", "error"],
      open: () => openConnection(chosen),
    };
  },
};

function openConnection(chosen: JsonRpcOptions): DialectConnection {
  const pending = new PendingBySide(chosen.pending);
  return {
    read(message): DialectReading {
      const data = jsonOf(message);
      if (isFault(data)) return data;
      const members: readonly unknown[] = Array.isArray(data.value) ? data.value : [data.value];
      if (members.length === 0) return syntaxFault("an empty batch");
      if (members.length > chosen.batch)
        return limitFault(`a batch of ${members.length}, and \`batch\` is ${chosen.batch}`);
      if (isAmbiguous(message.text(), Array.isArray(data.value))) return AMBIGUOUS;
      const draft = pending.draft();
      const parts: MessagePart[] = [];
      for (const member of members) {
        const part = readMember(member, { chosen, draft, message });
        if (isFault(part)) return part;
        parts.push(part);
      }
      return { ok: true, parts, commit: () => draft.commit() };
    },
  };
}

function isAmbiguous(text: string, isBatch: boolean): boolean {
  if (!suspect(text)) return false;
  const start = skipSpace(text, 0);
  if (!isBatch) return standsTwice(text, start, NAMES);
  for (const element of elementStarts(text, start)) if (standsTwice(text, element, NAMES)) return true;
  return false;
}

interface Reading {
  readonly chosen: JsonRpcOptions;
  readonly draft: PendingBySideDraft;
  readonly message: ReadableMessage;
}

function readMember(member: unknown, reading: Reading): MessagePart | DialectFault {
  if (!isJsonObject(member)) return syntaxFault("neither a call nor an answer");
  if (hasOtherCase(member, NAMES)) return AMBIGUOUS;
  if (member["jsonrpc"] !== "2.0") return syntaxFault("`jsonrpc` is not 2.0");
  const id = readId(member, reading.chosen);
  if (id !== null && typeof id === "object") return id;
  return Object.hasOwn(member, "method") ? readCall(member, id, reading) : readAnswer(member, id, reading);
}

/** `undefined`: there is none. */
function readId(
  member: JsonObject,
  { nameLength }: JsonRpcOptions,
): string | number | null | undefined | DialectFault {
  if (!Object.hasOwn(member, "id")) return undefined;
  const id = member["id"];
  if (id === null) return null;
  if (typeof id === "number" && Number.isFinite(id)) return id;
  if (typeof id !== "string") return syntaxFault("`id` is neither text, number nor null");
  return id.length > nameLength ? limitFault(`an \`id\` of ${id.length} characters`) : id;
}

type Id = string | number | null | undefined;

function readCall(
  member: JsonObject,
  id: Id,
  { chosen, draft, message }: Reading,
): MessagePart | DialectFault {
  const { method, params } = member;
  if (typeof method !== "string") return syntaxFault("`method` is no text");
  if (method.length > chosen.nameLength) return limitFault(`a \`method\` of ${method.length} characters`);
  if (Object.hasOwn(member, "result") || Object.hasOwn(member, "error"))
    return syntaxFault("a call and an answer in one");
  if (Object.hasOwn(member, "params") && (typeof params !== "object" || params === null))
    return syntaxFault("`params` is neither an object nor an array");
  const operations: OperationChange[] = [];
  // A null cannot be told from another one, so nothing is remembered of such a call.
  if (id !== undefined && id !== null) {
    const key = callKey(message.direction, id);
    const begun = draft.of(message.direction).begin(key, method);
    if (begun === "twice") return syntaxFault("a call with the `id` of one that is not answered yet");
    if (begun === "full") return limitFault(`${chosen.pending} calls wait for answers (\`pending\`)`);
    operations.push({ change: "begin", key });
  }
  return {
    kind: id === undefined ? "notification" : "call",
    name: method,
    id: id ?? null,
    data: params ?? null,
    json: message.text(),
    operations,
  };
}

function readAnswer(member: JsonObject, id: Id, { draft, message }: Reading): MessagePart | DialectFault {
  const isError = Object.hasOwn(member, "error");
  if (id === undefined || isError === Object.hasOwn(member, "result"))
    return syntaxFault("neither a call nor an answer");
  if (isError && !isErrorObject(member["error"])) return syntaxFault("`error` has no code and message");
  if (id === null && !isError) return syntaxFault("a result without an `id`");
  const caller = message.direction === "inbound" ? "outbound" : "inbound";
  const key = id === null ? null : callKey(caller, id);
  const call = key === null ? undefined : draft.of(caller).end(key);
  return {
    kind: isError ? "error" : "result",
    name: call?.name ?? null,
    id,
    data: isError ? member["error"] : member["result"],
    json: message.text(),
    operations: call === undefined || key === null ? [] : [{ change: "end", key }],
  };
}

function isErrorObject(error: unknown): boolean {
  return isJsonObject(error) && Number.isInteger(error["code"]) && typeof error["message"] === "string";
}

/** @param caller the direction that the call went in */
function callKey(caller: Direction, id: string | number): string {
  return `call:${caller}:${JSON.stringify(id)}`;
}
