import { z } from "zod";
import { builtInDialects } from "../dialects/built-in-dialects.ts";
import type { Dialect, MessagePart } from "../dialects/dialect.ts";
import type {
  ConnectionGuard,
  Denial,
  Guard,
  GuardDefinition,
  Message,
  MessageVerdict,
  Mode,
} from "./guard.ts";
import { pass } from "./guard.ts";
import { quoted } from "./quoted.ts";
import { mode } from "../quantity.ts";

/** The options of `dialect`. */
export interface DialectOptions {
  readonly mode: Mode;
  /** Operations of the client that may be live on one connection at once. */
  readonly operations: number;
  /** The dialects of the route and their options. */
  readonly dialects: Readonly<Record<string, unknown>>;
  /** Whether the subprotocol in use says which one a connection speaks; else there is one, which all speak. */
  readonly bySubprotocol: boolean;
}

const DEFAULT_OPERATIONS = 1000;
const MOST_OPERATIONS = 100_000;

/** What `auto` stands for: every dialect that a subprotocol means, with its defaults. */
function automatic(): Readonly<Record<string, unknown>> {
  const chosen = builtInDialects.map((definition) => ({ definition, options: definition.options.parse({}) }));
  const meant = chosen.filter(
    ({ definition, options: own }) => definition.create(own).subprotocols.length > 0,
  );
  return Object.fromEntries(meant.map(({ definition, options: own }) => [definition.name, own]));
}

const NAMES = builtInDialects.map(({ name }) => name);
const EXPECTED = `expected ${[...NAMES, "auto"].map((name) => `\`${name}\``).join(", ")}, or a mapping with one of them and its options`;

const whole = z
  .strictObject({
    mode,
    operations: z
      .int()
      .min(1)
      .max(MOST_OPERATIONS)
      .default(DEFAULT_OPERATIONS)
      .describe(
        "Operations that a client may have live on one connection at once: subscriptions, calls without their answer, events without their acknowledgement.",
      ),
    ...Object.fromEntries(
      builtInDialects.map(({ name, reads, options }) => [
        name,
        options.optional().describe(`The route speaks it: ${reads}.`),
      ]),
    ),
  })
  .transform(({ mode: inForce, operations, ...written }, context): DialectOptions => {
    const dialects = Object.fromEntries(Object.entries(written).filter(([, chosen]) => chosen !== undefined));
    const count = Object.keys(dialects).length;
    if (count > 0) return { mode: inForce, operations, dialects, bySubprotocol: count > 1 };
    context.issues.push({
      code: "custom",
      input: written,
      message: `expected at least one of ${NAMES.join(", ")}`,
    });
    return z.NEVER;
  });

const options: z.ZodType<DialectOptions> = z.union(
  [
    z.enum([...NAMES, "auto"]).transform((name): DialectOptions => {
      const definition = builtInDialects.find((known) => known.name === name);
      const common = { mode: "enforce", operations: DEFAULT_OPERATIONS } as const;
      return definition === undefined
        ? { ...common, dialects: automatic(), bySubprotocol: true }
        : { ...common, dialects: { [name]: definition.options.parse({}) }, bySubprotocol: false };
    }),
    whole,
  ],
  { error: EXPECTED },
);

/** @throws TypeError for a name that the options' schema does not know */
function created(name: string, chosen: unknown): Dialect {
  const definition = builtInDialects.find((known) => known.name === name);
  if (definition === undefined) throw new TypeError(`no dialect ${quoted(name)}`);
  return definition.create(chosen);
}

function close(denial: Denial): MessageVerdict {
  return { verdict: "close", ...denial };
}

/** Why a message has no parts. */
function unread(message: Message): Denial {
  const fault = message.fault();
  if (fault === null)
    return { code: "dialect.unknown", detail: "the subprotocol in use means no dialect of the route" };
  return { code: fault.fault === "limit" ? "dialect.limit" : "dialect.syntax", detail: fault.problem };
}

function openConnection(most: number): ConnectionGuard {
  const live = new Set<string>();
  /** Counts what a part begins and ends. Returns whether there was room. */
  const follow = ({ operations }: MessagePart, byClient: boolean): boolean => {
    for (const { change, key } of operations) {
      if (change === "end") live.delete(key);
      else if (byClient) live.add(key);
    }
    return live.size <= most;
  };
  return {
    message(message) {
      const parts = message.parts();
      if (parts === null) return close(unread(message));
      const byClient = message.direction === "inbound";
      for (const part of parts)
        if (!follow(part, byClient))
          return close({
            code: "dialect.operations",
            detail: `more than ${most} are live, as a ${quoted(part.kind)} begins another`,
          });
      return pass;
    },
  };
}

/**
 * Says what a route speaks, and closes a connection whose messages, either way, are not in it: 4522. What a message says in its
 * dialect (its kind, name, id and data) is what rules, schemas and rates talk about. Live operations are counted for the client.
 */
export const dialect: GuardDefinition<DialectOptions> = {
  name: "dialect",
  phases: ["message"],
  stops: "messages that are not in the dialect of the route, and too many live operations",
  options,
  create({ mode: inForce, operations, dialects: chosen, bySubprotocol }): Guard {
    const dialects = Object.entries(chosen).map(([name, own]) => created(name, own));
    const bySubprotocolInUse = (subprotocol: string | null): Dialect | null =>
      dialects.find(
        ({ subprotocols }) => subprotocol !== null && subprotocols.includes(subprotocol.toLowerCase()),
      ) ?? null;
    return {
      name: "dialect",
      mode: inForce,
      reads: { inbound: "json", outbound: "json" },
      speaks: { dialects, choose: bySubprotocol ? bySubprotocolInUse : () => dialects[0] ?? null },
      open: () => openConnection(operations),
    };
  },
};
