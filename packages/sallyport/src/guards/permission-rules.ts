import type { ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import { compileCel, type CelExpression, type CelVariables } from "./cel.ts";
import type { Denial } from "./guard.ts";
import { quoted } from "./quoted.ts";

/** One rule as it is written. */
export interface PermissionRule {
  readonly name?: string | undefined;
  readonly when?: string | undefined;
  readonly allow: string;
  readonly direction?: Direction | undefined;
}

/** What rules speak about: connecting, or the messages of one direction. */
export type Place = "connect" | Direction;

/** A rule that was compiled. */
export interface CompiledRule {
  readonly place: Place;
  /** How an operator finds it: its position from 1, and its name where it has one. */
  readonly label: string;
  readonly readsMessage: boolean;
  readonly when: CelExpression | null;
  readonly allow: CelExpression;
}

/** A mistake in a rule. `key`: which of its expressions. */
export interface RuleProblem {
  readonly rule: number;
  readonly key: "when" | "allow";
  readonly message: string;
}

/** The rules of a route, or everything that is wrong with them. */
export type CompiledRules =
  | { readonly ok: true; readonly rules: readonly CompiledRule[] }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

/**
 * Compiles rules. A rule that reads `message`, or that names a direction, is asked about messages; any other about
 * connecting.
 */
export function compileRules(rules: readonly PermissionRule[]): CompiledRules {
  const problems: RuleProblem[] = [];
  const compiled = rules.flatMap((rule, index) => compileRule(rule, index, problems) ?? []);
  return problems.length === 0 ? { ok: true, rules: compiled } : { ok: false, problems };
}

function compileRule(rule: PermissionRule, index: number, problems: RuleProblem[]): CompiledRule | null {
  const compile = (key: "when" | "allow", text: string): CelExpression | null => {
    const result = compileCel(text);
    if (result.ok) return result.expression;
    problems.push(...result.problems.map((message) => ({ rule: index, key, message })));
    return null;
  };
  const when = rule.when === undefined ? null : compile("when", rule.when);
  const allow = compile("allow", rule.allow);
  if (allow === null) return null;
  const readsMessage = allow.readsMessage || when?.readsMessage === true;
  const name = rule.name === undefined ? "" : ` ${quoted(rule.name)}`;
  const place = rule.direction ?? (readsMessage ? "inbound" : "connect");
  return { place, label: `rule ${index + 1}${name}`, readsMessage, when, allow };
}

/**
 * What the rules of one place say: every rule whose `when` holds must allow. `null`: they allow, or none of them speaks
 * about it and `otherwise` is `allow`. A rule that cannot be evaluated refuses.
 */
export function decide(
  rules: readonly CompiledRule[],
  variables: CelVariables,
  { otherwise, code }: { readonly otherwise: "allow" | "deny"; readonly code: ErrorCode },
): Denial | null {
  let spoken = false;
  for (const { label, when, allow } of rules) {
    const applies = when === null || when.evaluate(variables);
    if (applies === false) continue;
    if (applies !== true) return undecided(`${label}, \`when\``, applies.why);
    spoken = true;
    const allowed = allow.evaluate(variables);
    if (allowed === true) continue;
    if (allowed === false) return { code, detail: `${label}: \`allow\` is false` };
    return undecided(`${label}, \`allow\``, allowed.why);
  }
  if (spoken || otherwise === "allow") return null;
  return { code, detail: "no rule speaks about it, and `otherwise` is `deny`" };
}

function undecided(where: string, why: string): Denial {
  return { code: "permission.undecided", detail: `${where}: ${why}` };
}
