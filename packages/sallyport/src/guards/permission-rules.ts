import type { ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import { compileCel, type CelDialects, type CelExpression, type CelVariables } from "./cel.ts";
import type { Denial, Speaks } from "./guard.ts";
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
 * messages; any other about connecting.
 *
 * @param dialects of the route, `null` for none
 * @throws TypeError for an expression that `compileCel` refuses: only in a dialect, for the options were checked without one
 */
export function compileRule(
  rule: PermissionRule,
  index: number,
  dialects: CelDialects | null = null,
): CompiledRule {
  const name = rule.name === undefined ? "" : ` ${quoted(rule.name)}`;
  const label = `rule ${index + 1}${name}`;
  const when = rule.when === undefined ? null : compileIn(rule.when, `${label}, \`when\``, dialects);
  const allow = compileIn(rule.allow, `${label}, \`allow\``, dialects);
  const readsMessage = allow.readsMessage || when?.readsMessage === true;
  const place = rule.direction ?? (readsMessage ? "inbound" : "connect");
  return { place, label, readsMessage, when, allow };
}

/** Compiles an expression of a rule. @throws TypeError with where it stands and all that is wrong with it */
export function compileIn(text: string, where: string, dialects: CelDialects | null): CelExpression {
  const result = compileCel(text, dialects);
  if (result.ok) return result.expression;
  throw new TypeError(`${where}: ${result.problems.join("; ")}`);
}

/** The kinds of message that the dialects of a route know; `null` where it has none. */
export function celDialectsOf(speaks: Speaks | undefined): CelDialects | null {
  return speaks === undefined ? null : { kinds: new Set(speaks.dialects.flatMap(({ kinds }) => kinds)) };
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
