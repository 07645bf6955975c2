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
  Speaks,
} from "./guard.ts";
import { pass } from "./guard.ts";
import { quoted } from "./quoted.ts";
import { mode } from "../quantity.ts";

/** The options of `dialect`; the options of each dialect of the route stand under its name. */
export interface DialectOptions {
  readonly mode: Mode;
  /** Operations of the client that may be live on one connection at once. */
  readonly operations: number;
  readonly [dialect: string]: unknown;
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
  .superRefine((written, context) => {
    if (namesIn(written).length === 0)
      context.addIssue({ code: "custom", message: `expected at least one of ${NAMES.join(", ")}` });
  });

/** The dialects that stand in some options. */
function namesIn(written: Readonly<Record<string, unknown>>): readonly string[] {
  return NAMES.filter((name) => written[name] !== undefined);
}

const options: z.ZodType<DialectOptions> = z.union(
  [
    z.enum([...NAMES, "auto"]).transform((name): DialectOptions => {
      const definition = builtInDialects.find((known) => known.name === name);
      const own = definition === undefined ? automatic() : { [name]: definition.options.parse({}) };
      return { mode: "enforce", operations: DEFAULT_OPERATIONS, ...own };
    }),
    whole,
  ],
  { error: EXPECTED },
);

function close(denial: Denial): MessageVerdict {
  return { verdict: "close", ...denial };
}

/** Why a message has no parts. */
function unread(message: Message): Denial {
  const fault = message.fault();
  if (fault === null)
    return { code: "dialect.unknown", detail: "the subprotocol in use means no dialect of the route" };
  return { code: `dialect.${fault.fault}`, detail: fault.problem };
}

function openConnection(most: number): ConnectionGuard {
  const live = new Set<string>();
  /** Counts what a part begins and ends. Returns whether there was room: what has none is not kept, for who observes goes on. */
  const follow = ({ operations }: MessagePart, byClient: boolean): boolean => {
    for (const { change, key } of operations) {
      if (change === "end") live.delete(key);
      else if (byClient && !live.has(key) && live.size >= most) return false;
      else if (byClient) live.add(key);
    }
    return true;
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

/** The dialects in some options, and which of them a connection speaks by its subprotocol; one alone is spoken whatever that is. */
export function speaksOf(chosen: DialectOptions): Speaks {
  const dialects = builtInDialects.flatMap((definition) => {
    const own = chosen[definition.name];
    return own === undefined ? [] : [definition.create(own)];
  });
  const bySubprotocol = (subprotocol: string | null): Dialect | null => {
    const wanted = subprotocol?.toLowerCase() ?? "";
    return dialects.find(({ subprotocols }) => subprotocols.includes(wanted)) ?? null;
  };
  return { dialects, choose: dialects.length > 1 ? bySubprotocol : () => dialects[0] ?? null };
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
  create(chosen): Guard {
    return {
      name: "dialect",
      mode: chosen.mode,
      reads: { inbound: "json", outbound: "json" },
      speaks: speaksOf(chosen),
      open: () => openConnection(chosen.operations),
    };
  },
};
