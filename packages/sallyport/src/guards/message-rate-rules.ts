import { z } from "zod";
import type { CelExpression, CelVariables } from "./cel.ts";
import { celCondition } from "./cel-condition.ts";
import { beginJudgement } from "./cel-environment.ts";
import { CelIdentity, CelRequest, viewOfOpen } from "./cel-facts.ts";
import { CelMessage } from "./cel-message.ts";
import { DebtBucket } from "./debt-bucket.ts";
import type { ConnectionFacts, Identity, Message, Speaks } from "./guard.ts";
import { celDialectsOf, compileIn } from "./permission-rules.ts";
import { rate } from "../quantity.ts";
import { quoted } from "./quoted.ts";

/** A rate of its own for some messages, as it is written. `rate`: per second. */
export interface RateRule {
  readonly name?: string | undefined;
  readonly when: string;
  readonly rate: number;
  /** `null`: twice a second's worth. */
  readonly burst: number | null;
}

/** A rule that was compiled. */
export interface CompiledRateRule {
  /** How an operator finds it: its position from 1, and its name where it has one. */
  readonly label: string;
  readonly when: CelExpression;
  readonly perSecond: number;
  readonly burst: number;
}

/** What the rules of one connection say: how long it is in debt, and by which rule. */
export interface RateRuleDebt {
  /** Milliseconds; 0 for none. */
  waitMs: number;
  rule: CompiledRateRule | null;
}

const TEXT = 1;

/** The options of such rules. */
export const rateRules: z.ZodType<readonly RateRule[]> = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(64).optional().describe("Names the rule in the log."),
      when: celCondition.describe(
        "Which messages of the client it counts, as a condition in CEL. One that cannot be evaluated, or of which it cannot be, counts.",
      ),
      rate: rate.describe("How many of them a client may send, per connection."),
      burst: z
        .int()
        .min(1)
        .nullable()
        .default(null)
        .describe("How many may come at once; twice a second's worth when left out."),
    }),
  )
  .max(50, { error: "expected at most 50 rules" })
  .describe("Rates of their own for some messages, beside those for all: subscribing apart from publishing.");

/** Compiles rules. @throws TypeError where one does not fit the dialect of the route */
export function compileRateRules(
  rules: readonly RateRule[],
  speaks: Speaks | undefined,
): readonly CompiledRateRule[] {
  const dialects = celDialectsOf(speaks);
  return rules.map(({ name, when, rate: perSecond, burst }, index) => {
    const label = `rule ${index + 1}${name === undefined ? "" : ` ${quoted(name)}`}`;
    const condition = compileIn(when, `${label}, \`when\``, dialects);
    return { label, when: condition, perSecond, burst: burst ?? Math.max(1, perSecond * 2) };
  });
}

/** The rules at work on one connection. */
export class ConnectionRateRules {
  readonly #rules: readonly (readonly [CompiledRateRule, DebtBucket])[];
  readonly #inParts: boolean;
  readonly #part = new CelMessage();
  #variables: CelVariables;
  readonly #facts: ConnectionFacts;
  readonly #debt: RateRuleDebt = { waitMs: 0, rule: null };

  /** @param inParts whether the route has a dialect, so that each part of a message counts */
  constructor(rules: readonly CompiledRateRule[], facts: ConnectionFacts, inParts: boolean) {
    this.#rules = rules.map((rule) => [rule, new DebtBucket(rule.perSecond, rule.burst, facts.now)]);
    this.#inParts = inParts;
    this.#facts = facts;
    this.#variables = this.#variablesOf(facts.identity);
  }

  /** Another proof of the same user is in force. */
  refreshed(identity: Identity): void {
    this.#variables = this.#variablesOf(identity);
  }

  /** Counts a message. The answer is valid until the next call. */
  count(message: Message, now: number): RateRuleDebt {
    beginJudgement();
    const debt = this.#debt;
    debt.waitMs = 0;
    debt.rule = null;
    const parts = this.#inParts ? message.parts() : null;
    if (parts !== null) {
      for (const part of parts) {
        this.#part.show(part);
        this.#take(this.#part, now);
      }
      this.#part.show(null);
    } else {
      this.#take(this.#inParts || message.opcode !== TEXT ? undefined : message.json(), now);
    }
    return debt;
  }

  #take(message: unknown, now: number): void {
    const variables = this.#variables;
    variables.message = message;
    for (const [rule, bucket] of this.#rules) {
      const unread = message === undefined && rule.when.readsMessage;
      if (!unread && rule.when.evaluate(variables) === false) continue;
      const waitMs = bucket.take(1, now);
      if (waitMs <= this.#debt.waitMs) continue;
      this.#debt.waitMs = waitMs;
      this.#debt.rule = rule;
    }
    variables.message = undefined;
  }

  #variablesOf(identity: Identity): CelVariables {
    return { identity: new CelIdentity(identity), request: new CelRequest(viewOfOpen(this.#facts)) };
  }
}
