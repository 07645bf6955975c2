import { RuleTester as RuleTester10 } from "eslint";
import { RuleTester as RuleTester9 } from "eslint9";
import { describe, it } from "vitest";

import plugin from "../src/index.ts";
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
  const rule = plugin.rules[name];
  if (rule === undefined) throw new Error(`there is no rule ${name}`);
  const cases = {
    valid: valid.map((code) => ({ code })),
    invalid: invalid.map(({ code, errors, suggested, options = [] }) => ({
      code,
      options: [...options],
      errors: errors.map((messageId, index) =>
        index === 0 && suggested !== undefined ? { messageId, suggestions: [suggested] } : { messageId },
      ),
    })),
  };
  for (const RuleTester of [RuleTester10, RuleTester9]) {
    RuleTester.describe = describe;
    RuleTester.it = it;
  }
  describe("ESLint 10", () => {
    new RuleTester10({ languageOptions }).run(name, rule, cases);
  });
  describe("ESLint 9", () => {
    new RuleTester9({ languageOptions }).run(name, rule, cases);
  });
}
