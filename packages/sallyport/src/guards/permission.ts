import { z } from "zod";
import type { Direction } from "../events.ts";
import { compileCel, type CelVariables } from "./cel.ts";
import { CelIdentity, CelRequest, type RequestView } from "./cel-facts.ts";
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
import { compileRule, decide, type CompiledRule, type PermissionRule } from "./permission-rules.ts";
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

const condition = z.string({ error: "expected a condition in CEL" }).superRefine((text, context) => {
  const compiled = compileCel(text);
  if (compiled.ok) return;
  for (const message of compiled.problems) context.addIssue({ code: "custom", message, input: text });
});

const rule: z.ZodType<PermissionRule> = z.strictObject({
  name: z.string().min(1).max(64).optional().describe("Names the rule in the log and in `explain`."),
  when: condition
    .optional()
    .describe("What the rule speaks about, as a condition in CEL. Absent: everything in its place."),
  allow: condition.describe(
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
  create(chosen): Guard {
    const compiled = chosen.rules.map(compileRule);
    const rulesOf = (place: CompiledRule["place"]): readonly CompiledRule[] =>
      compiled.filter((entry) => entry.place === place);
    const connect = rulesOf("connect");
    const messages = { inbound: rulesOf("inbound"), outbound: rulesOf("outbound") };
    const mayConnect = (identity: Identity | null, request: RequestView): HandshakeVerdict => {
      if (connect.length === 0) return pass;
      if (identity === null)
        return refuse({ code: "permission.undecided", detail: "the caller is not known" });
      const variables = variablesOf(identity, request);
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

type MessageRules = Readonly<Record<Direction, readonly CompiledRule[]>>;

function refuse(denial: Denial): HandshakeVerdict {
  return { verdict: "refuse", ...denial };
}

function viewOf(request: Handshake["request"]): RequestView {
  const { path, host, address, secure, headers } = request;
  return { path, host, address, secure, origin: headers.get("origin") ?? null };
}

function viewOfOpen({ address, request }: ConnectionFacts): RequestView {
  const { path, host, origin, secure } = request;
  return { path, host, origin, secure, address };
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

function openConnection(
  { otherwise, unsafeAllowUnreadable }: PermissionOptions,
  messages: MessageRules,
  facts: ConnectionFacts,
): ConnectionGuard {
  const request = viewOfOpen(facts);
  const reads = readsOf(messages);
  let variables = variablesOf(facts.identity, request);
  return {
    message(message: Message): MessageVerdict {
      const { direction } = message;
      let rules = messages[direction];
      if (reads[direction] === "json") {
        const value = message.opcode === TEXT ? message.json() : undefined;
        if (value === undefined && !unsafeAllowUnreadable) return close(unreadable(message));
        if (value === undefined) rules = rules.filter(({ readsMessage }) => !readsMessage);
        variables.message = value;
      }
      const denial = decide(rules, variables, { otherwise, code: "permission.message" });
      variables.message = undefined;
      return denial === null ? pass : close(denial);
    },
    refreshed({ identity }) {
      variables = variablesOf(identity, request);
    },
  };
}

function close(denial: Denial): MessageVerdict {
  return { verdict: "close", ...denial };
}

function unreadable({ opcode, size }: Message): Denial {
  const kind = opcode === TEXT ? "a text message that is not JSON" : "a binary message";
  return { code: "permission.unreadable", detail: `${kind}, of ${size} bytes` };
}
