import { RuleTester as RuleTester10, type Rule as EslintRule } from "eslint";
import { RuleTester as RuleTester9 } from "eslint9";
import { describe, it } from "vitest";

import { builtInRules } from "../src/built-in-rules.ts";
import { oxcEslintParser } from "./oxc-eslint-parser.ts";

/** What a rule says of code: nothing, or these messages in order, and what the first suggestion of each makes of it. */
export interface Cases {
  readonly valid: readonly string[];
  readonly invalid: readonly {
    readonly code: string;
    readonly errors: readonly string[];
    /** What stands there after the first suggestion; left out, there is none. */
    readonly suggested?: { readonly messageId: string; readonly output: string };
    readonly options?: readonly unknown[];
  }[];
}

const languageOptions = { parser: oxcEslintParser, sourceType: "module" as const };

/** Runs the cases of a rule with ESLint 10 and ESLint 9, as TypeScript with JSX. */
export function testRule(name: string, { valid, invalid }: Cases): void {
  for (const [version, RuleTester] of [
    ["ESLint 10", RuleTester10],
    ["ESLint 9", RuleTester9],
  ] as const) {
    RuleTester.describe = describe;
    RuleTester.it = it;
    describe(version, () => {
      // The types of both versions ask for the trees of their own parser.
      const rule = builtInRules[name] as unknown as EslintRule.RuleModule;
      new RuleTester({ languageOptions } as never).run(name, rule as never, {
        valid: valid.map((code) => ({ code })),
        invalid: invalid.map(({ code, errors, suggested, options = [] }) => ({
          code,
          options: [...options],
          errors: errors.map((messageId, index) => ({
            messageId,
            ...(index === 0 && suggested !== undefined ? { suggestions: [suggested] } : {}),
          })),
        })),
      });
    });
  }
}
