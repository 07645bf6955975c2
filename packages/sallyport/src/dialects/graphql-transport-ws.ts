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
import { AMBIGUOUS, isFault, jsonOf, limitFault, single, syntaxFault } from "./fault.ts";
import { readGraphql, type GraphqlLimits } from "./graphql-query.ts";
import {
  hasOtherCase,
  isJsonObject,
  type JsonObject,
  standsTwice,
  suspectTwice,
  valueStartOf,
} from "./json-names.ts";
import { skipSpace } from "./json-text.ts";
import { Pending } from "./pending.ts";
import { nameLengthOption, pendingOption } from "./remembered.ts";

/** Options of `graphql-transport-ws`. */
export interface GraphqlTransportWsOptions extends GraphqlLimits {
  /** Operations that are not complete. */
  readonly pending: number;
  /** Characters of an id, and of an operation's name. */
  readonly nameLength: number;
}

const options: z.ZodType<GraphqlTransportWsOptions> = z.strictObject({
  depth: z
    .int()
    .min(1)
    .max(1000)
    .default(15)
    .describe("Fields within fields that a query may have, fragments resolved."),
  cost: z
    .int()
    .min(1)
    .default(1000)
    .describe("Fields that a query may select, fragments resolved; each alias counts."),
  tokens: z.int().min(1).max(100_000).default(5000).describe("Tokens that the text of a query may have."),
  pending: pendingOption("Operations that may run at once on a connection."),
  nameLength: nameLengthOption,
});

const ANY = ["inbound", "outbound"] as const;
/** Every type of message, and who may send it. */
const DIRECTIONS: ReadonlyMap<string, readonly Direction[]> = new Map<string, readonly Direction[]>([
  ["connection_init", ["inbound"]],
  ["connection_ack", ["outbound"]],
  ["ping", ANY],
  ["pong", ANY],
  ["subscribe", ["inbound"]],
  ["next", ["outbound"]],
  ["error", ["outbound"]],
  ["complete", ANY],
]);

const NAMES = ["type", "id", "payload"];
const PAYLOAD_NAMES = ["query", "operationName", "variables"];
const suspect = suspectTwice([...NAMES, ...PAYLOAD_NAMES]);

/**
 * The protocol of `graphql-ws`, subprotocol `graphql-transport-ws`. Refuses binary messages, what is no message of the protocol or
 * goes the wrong way, `subscribe` before `connection_ack`, a second `connection_init`, an id that is live already, queries that
 * cannot be read in one way alone, and what is beyond its options.
 */
export const graphqlTransportWs: DialectDefinition<GraphqlTransportWsOptions> = {
  name: "graphql-transport-ws",
  reads: "GraphQL over the subprotocol of graphql-ws",
  options,
  create(chosen): Dialect {
    return {
      name: "graphql-transport-ws",
      subprotocols: ["graphql-transport-ws"],
      kinds: [...DIRECTIONS.keys()],
      needs: "all",
      open: () => new GraphqlConnection(chosen),
    };
  },
};

interface Said {
  readonly kind: string;
  readonly direction: Direction;
  /** `null`: its kind has none. */
  readonly id: string | null;
  readonly payload: unknown;
  readonly text: string;
}

class GraphqlConnection implements DialectConnection {
  readonly #chosen: GraphqlTransportWsOptions;
  readonly #operations: Pending;
  /** Names of operations that the client has left: what the server had sent before it heard of that is still on its way. Bounded. */
  readonly #left = new Map<string, string | null>();
  #state: "new" | "initialised" | "acknowledged" = "new";

  constructor(chosen: GraphqlTransportWsOptions) {
    this.#chosen = chosen;
    this.#operations = new Pending(chosen.pending);
  }

  read(message: ReadableMessage): DialectReading {
    const said = readFrame(message, this.#chosen);
    if (isFault(said)) return said;
    switch (said.kind) {
      case "connection_init":
        if (this.#state !== "new") return syntaxFault("a second `connection_init`");
        return single(partOf(said), () => void (this.#state = "initialised"));
      case "connection_ack":
        if (this.#state !== "initialised") return syntaxFault("a `connection_ack` that nobody waits for");
        return single(partOf(said), () => void (this.#state = "acknowledged"));
      case "ping":
      case "pong":
        return single(partOf(said));
      default:
        if (this.#state !== "acknowledged") return syntaxFault(`\`${said.kind}\` before \`connection_ack\``);
        return this.#readOperation(said, String(said.id));
    }
  }

  #readOperation(said: Said, id: string): DialectReading {
    if (said.kind === "subscribe") return this.#subscribe(said, id);
    const live = this.#operations.find(id);
    const name = live === undefined ? (this.#left.get(id) ?? null) : live.name;
    if (said.kind === "next") return single(partOf(said, { name }));
    const draft = this.#operations.draft();
    // It may have ended already: either side may have sent this before it heard of that.
    const operations: readonly OperationChange[] =
      draft.end(id) === undefined ? [] : [{ change: "end", key: id }];
    return single(partOf(said, { name, operations }), () => {
      draft.commit();
      if (live !== undefined && said.direction === "inbound") this.#leave(id, live.name);
    });
  }

  /** The longest left makes room: what was on its way then has long come. */
  #leave(id: string, name: string | null): void {
    this.#left.set(id, name);
    const [longest] = this.#left.size > this.#chosen.pending ? this.#left.keys() : [];
    if (longest !== undefined) this.#left.delete(longest);
  }

  #subscribe(said: Said, id: string): DialectReading {
    const payload = readPayload(said.payload);
    if (isFault(payload)) return payload;
    const read = readGraphql(payload.query, payload.operationName, this.#chosen);
    if (isFault(read)) return read;
    if ((read.name ?? "").length > this.#chosen.nameLength)
      return limitFault("the name of an operation is longer than `nameLength`");
    const draft = this.#operations.draft();
    const begun = draft.begin(id, read.name);
    if (begun === "twice") return syntaxFault("a `subscribe` with the `id` of an operation that runs");
    if (begun === "full") return limitFault(`${this.#chosen.pending} operations run (\`pending\`)`);
    return single(
      {
        ...partOf(said, { name: read.name, operations: [{ change: "begin", key: id }] }),
        data: { ...read, variables: payload.variables },
      },
      () => {
        draft.commit();
        this.#left.delete(id);
      },
    );
  }
}

function partOf(
  { kind, id, payload, text }: Said,
  {
    name = null,
    operations = [],
  }: { readonly name?: string | null; readonly operations?: readonly OperationChange[] } = {},
): MessagePart {
  return { kind, name, id, data: payload ?? null, json: text, operations };
}

function readFrame(message: ReadableMessage, { nameLength }: GraphqlTransportWsOptions): Said | DialectFault {
  const data = jsonOf(message);
  if (isFault(data)) return data;
  const frame = data.value;
  if (!isJsonObject(frame)) return syntaxFault("not an object");
  const text = message.text();
  if (isAmbiguous(frame, text)) return AMBIGUOUS;
  const { type: kind, id, payload } = frame;
  const { direction } = message;
  const senders = typeof kind === "string" ? DIRECTIONS.get(kind) : undefined;
  if (typeof kind !== "string" || senders === undefined) return syntaxFault("no `type` of this protocol");
  if (!senders.includes(direction)) return syntaxFault(`\`${kind}\` from the wrong side`);
  if (!CARRIES_ID.has(kind)) {
    return payload === undefined || payload === null || isJsonObject(payload)
      ? { kind, direction, id: null, payload, text }
      : syntaxFault(`the \`payload\` of \`${kind}\` is no object`);
  }
  if (typeof id !== "string" || id === "") return syntaxFault(`\`${kind}\` without a text as \`id\``);
  if (id.length > nameLength) return limitFault(`an \`id\` of ${id.length} characters`);
  const isRight = kind === "error" ? Array.isArray(payload) : kind !== "next" || isJsonObject(payload);
  return isRight
    ? { kind, direction, id, payload, text }
    : syntaxFault(`\`${kind}\` without its \`payload\``);
}

const CARRIES_ID: ReadonlySet<string> = new Set(["subscribe", "next", "error", "complete"]);

function isAmbiguous(frame: JsonObject, text: string): boolean {
  const { type, payload } = frame;
  if (hasOtherCase(frame, NAMES)) return true;
  const isSubscribe = type === "subscribe" && isJsonObject(payload);
  if (isSubscribe && hasOtherCase(payload, PAYLOAD_NAMES)) return true;
  if (!suspect(text)) return false;
  const start = skipSpace(text, 0);
  if (standsTwice(text, start, NAMES)) return true;
  return isSubscribe && standsTwice(text, valueStartOf(text, start, "payload"), PAYLOAD_NAMES);
}

interface SubscribePayload {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: JsonObject;
}

function readPayload(payload: unknown): SubscribePayload | DialectFault {
  if (!isJsonObject(payload)) return syntaxFault("`subscribe` without its `payload`");
  const { query, operationName = null, variables = null } = payload;
  if (typeof query !== "string") return syntaxFault("`query` is no text");
  if (operationName !== null && typeof operationName !== "string")
    return syntaxFault("`operationName` is no text");
  if (variables !== null && !isJsonObject(variables)) return syntaxFault("`variables` is no object");
  return {
    query,
    // Servers differ in whether an empty name is one; with several operations it is refused either way.
    operationName: operationName === "" ? null : operationName,
    variables: variables ?? {},
  };
}
