import { z } from "zod";
import type { Direction } from "../events.ts";
import type { CelVariables } from "./cel.ts";
import { celCondition } from "./cel-condition.ts";
import { beginJudgement } from "./cel-environment.ts";
import { CelIdentity, CelRequest, viewOfOpen, type RequestView } from "./cel-facts.ts";
import { CelMessage } from "./cel-message.ts";
import type {
  ConnectionFacts,
  ConnectionGuard,
  Denial,
  Guard,
  GuardDefinition,
  Handshake,
  HandshakeVerdict,
  Identity,
  Message,
  MessageVerdict,
  Mode,
  Reads,
} from "./guard.ts";
import { pass } from "./guard.ts";
import {
  celDialectsOf,
  compileRule,
  decide,
  type CompiledRule,
  type PermissionRule,
} from "./permission-rules.ts";
import { mode } from "../quantity.ts";

/** The options of `permission`. */
export interface PermissionOptions {
  readonly mode: Mode;
  /** What becomes of what no rule speaks about. */
  readonly otherwise: "allow" | "deny";
  readonly rules: readonly PermissionRule[];
  /** Whether `otherwise` decides about messages that rules cannot read, instead of their being refused. */
  readonly unsafeAllowUnreadable: boolean;
}

const TEXT = 1;
const DIRECTIONS: readonly Direction[] = ["inbound", "outbound"];

const rule: z.ZodType<PermissionRule> = z.strictObject({
  name: z.string().min(1).max(64).optional().describe("Names the rule in the log and in `explain`."),
  when: celCondition
    .optional()
    .describe("What the rule speaks about, as a condition in CEL. Absent: everything in its place."),
  allow: celCondition.describe(
    "Must be true of what the rule speaks about, or it is refused: a condition in CEL.",
  ),
  direction: z
    .enum(DIRECTIONS)
    .optional()
    .describe(
      "Whose messages the rule is asked about. Absent: `inbound` for a rule that reads `message`; any other rule is asked once, when the client connects.",
    ),
});

const options: z.ZodType<PermissionOptions> = z.strictObject({
  mode,
  otherwise: z
    .enum(["allow", "deny"])
    .describe("What becomes of what no rule speaks about, in each place that has a rule. Must be written."),
  rules: z
    .array(rule, { error: "expected a list of rules" })
    .min(1, { error: "expected at least one rule: leave `permission` out for none" })
    .max(100, { error: "expected at most 100 rules" })
    .describe("Every rule whose `when` is true must allow. An error while evaluating refuses."),
  unsafeAllowUnreadable: z
    .boolean()
    .default(false)
    .describe(
      "Lets `otherwise` decide about messages that are not JSON, binary ones among them, where rules read `message`. Else they are refused: many an application parses a binary message like a text.",
    ),
});

/**
 * Decides by rules in CEL who may connect, and what each may send and receive. Refuses with 403 at the handshake and 4503
 * afterwards; whatever cannot be evaluated, or not be read as JSON where a rule reads it, is refused.
 */
export const permission: GuardDefinition<PermissionOptions> = {
  name: "permission",
  phases: ["handshake", "message"],
  stops: "Connections and messages that this user has no right to.",
  options,
  create(chosen, { speaks }): Guard {
    const dialects = celDialectsOf(speaks);
    const compiled = chosen.rules.map((written, index) => compileRule(written, index, dialects));
    const rulesOf = (place: CompiledRule["place"]): readonly CompiledRule[] =>
      compiled.filter((entry) => entry.place === place);
    const connect = rulesOf("connect");
    const messages = {
      inbound: rulesOf("inbound"),
      outbound: rulesOf("outbound"),
      inParts: speaks !== undefined,
    };
    const mayConnect = (identity: Identity | null, request: RequestView): HandshakeVerdict => {
      if (connect.length === 0) return pass;
      if (identity === null)
        return refuse({ code: "permission.undecided", detail: "the caller is not known" });
      const variables = variablesOf(identity, request);
      beginJudgement();
      const denial = decide(connect, variables, { otherwise: chosen.otherwise, code: "permission.connect" });
      return denial === null ? pass : refuse(denial);
    };
    const asked = messages.inbound.length + messages.outbound.length > 0;
    return {
      name: "permission",
      mode: chosen.mode,
      admission: ({ identity, request }) => mayConnect(identity, viewOf(request)),
      readmit: (connection) => mayConnect(connection.identity, viewOfOpen(connection)),
      reads: readsOf(messages),
      ...(asked ? { open: (facts: ConnectionFacts) => openConnection(chosen, messages, facts) } : {}),
    };
  },
};

interface MessageRules extends Readonly<Record<Direction, readonly CompiledRule[]>> {
  /** Whether the route has a dialect, so that rules are asked about each part of a message. */
  readonly inParts: boolean;
}

function refuse(denial: Denial): HandshakeVerdict {
  return { verdict: "refuse", ...denial };
}

function viewOf(request: Handshake["request"]): RequestView {
  const { path, host, address, secure, headers } = request;
  return { path, host, address, secure, origin: headers.get("origin") ?? null };
}

function variablesOf(identity: Identity, request: RequestView): CelVariables {
  return { identity: new CelIdentity(identity), request: new CelRequest(request) };
}

// A direction without rules is not asked about; one whose rules do not read messages costs no parse.
function readsOf(messages: MessageRules): Partial<Record<Direction, Reads>> {
  const reads = DIRECTIONS.flatMap((direction): [Direction, Reads][] => {
    const rules = messages[direction];
    if (rules.length === 0) return [];
    return [[direction, rules.some(({ readsMessage }) => readsMessage) ? "json" : "nothing"]];
  });
  return Object.fromEntries(reads);
}

/** What rules about messages are asked with, on one connection. */
interface Asked {
  readonly messages: MessageRules;
  variables: CelVariables;
  readonly outcome: { readonly otherwise: "allow" | "deny"; readonly code: "permission.message" };
  /** The part of a message that is shown. */
  readonly part: CelMessage;
}

function openConnection(
  { otherwise, unsafeAllowUnreadable }: PermissionOptions,
  messages: MessageRules,
  facts: ConnectionFacts,
): ConnectionGuard {
  const request = viewOfOpen(facts);
  const reads = readsOf(messages);
  const outcome = { otherwise, code: "permission.message" } as const;
  const variables = variablesOf(facts.identity, request);
  const asked: Asked = { messages, variables, outcome, part: new CelMessage() };
  const judge = messages.inParts ? judgeParts : judgeJson;
  return {
    message(message: Message): MessageVerdict {
      beginJudgement();
      let denial = reads[message.direction] === "json" ? judge(message, asked) : judgeUnread(message, asked);
      if (denial === undefined)
        denial = unsafeAllowUnreadable ? judgeUnread(message, asked) : unreadable(message, messages.inParts);
      return denial === null ? pass : close(denial);
    },
    refreshed({ identity }) {
      asked.variables = variablesOf(identity, request);
    },
  };
}

/** What rules say that do not read the message. */
function judgeUnread({ direction }: Message, { messages, variables, outcome }: Asked): Denial | null {
  const rules = messages[direction].filter(({ readsMessage }) => !readsMessage);
  return decide(rules, variables, outcome);
}

/** What rules say of a message as JSON; `undefined` where it is none. */
function judgeJson(message: Message, { messages, variables, outcome }: Asked): Denial | null | undefined {
  const value = message.opcode === TEXT ? message.json() : undefined;
  if (value === undefined) return undefined;
  variables.message = value;
  const denial = decide(messages[message.direction], variables, outcome);
  variables.message = undefined;
  return denial;
}

/** What rules say of each part of a message; `undefined` where it is not in the dialect. */
function judgeParts(message: Message, asked: Asked): Denial | null | undefined {
  const parts = message.parts();
  if (parts === null) return undefined;
  const { messages, variables, outcome, part: shown } = asked;
  variables.message = shown;
  let denial: Denial | null = null;
  for (const part of parts) {
    shown.show(part);
    denial ??= decide(messages[message.direction], variables, outcome);
  }
  shown.show(null);
  variables.message = undefined;
  return denial;
}

function close(denial: Denial): MessageVerdict {
  return { verdict: "close", ...denial };
}

function unreadable({ opcode, size }: Message, inParts: boolean): Denial {
  const kind = opcode === TEXT ? "a text message" : "a binary message";
  const what = inParts
    ? `${kind} that is not in the dialect`
    : opcode === TEXT
      ? `${kind} that is not JSON`
      : kind;
  return { code: "permission.unreadable", detail: `${what}, of ${size} bytes` };
}
