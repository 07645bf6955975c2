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

/** A rule that was compiled. */
export interface CompiledRule {
  /** What it speaks about: connecting, or the messages of one direction. */
  readonly place: "connect" | Direction;
  /** How an operator finds it: its position from 1, and its name where it has one. */
  readonly label: string;
  readonly readsMessage: boolean;
  readonly when: CelExpression | null;
  readonly allow: CelExpression;
}

/**
 * Compiles a rule; `index`: its position from 0. A rule that reads `message`, or that names a direction, is asked about
 * messages; any other about connecting. Throws for an expression that `compileCel` refuses: the options were checked.
 */
export function compileRule(rule: PermissionRule, index: number): CompiledRule {
  const when = rule.when === undefined ? null : compile(rule.when);
  const allow = compile(rule.allow);
  const readsMessage = allow.readsMessage || when?.readsMessage === true;
  const name = rule.name === undefined ? "" : ` ${quoted(rule.name)}`;
  const place = rule.direction ?? (readsMessage ? "inbound" : "connect");
  return { place, label: `rule ${index + 1}${name}`, readsMessage, when, allow };
}

function compile(text: string): CelExpression {
  const result = compileCel(text);
  if (result.ok) return result.expression;
  throw new TypeError(`a rule that does not compile: ${result.problems.join("; ")}`);
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
