import { Linter, type Linter as EslintLinter } from "eslint";

import { builtInRules } from "../src/built-in-rules.ts";
import { oxcEslintParser } from "./oxc-eslint-parser.ts";

const recommended = Object.keys(builtInRules).filter((name) => builtInRules[name]?.meta.docs.recommended);

/**
 * What rules say of a file, whatever its comments switch off.
 *
 * @param root the file is below it
 * @param names the rules; left out, the recommended ones
 */
export function lintSource(
  root: string,
  file: string,
  text: string,
  names: readonly string[] = recommended,
): readonly EslintLinter.LintMessage[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a rule of ours has fewer types than ESLint says of one
  const config = {
    files: ["**/*.{js,cjs,mjs,jsx,ts,cts,mts,tsx}"],
    languageOptions: { parser: oxcEslintParser },
    linterOptions: { reportUnusedDisableDirectives: "off" },
    plugins: { sallyport: { rules: builtInRules } },
    rules: Object.fromEntries(names.map((name) => [`sallyport/${name}`, "error"])),
  } as unknown as EslintLinter.Config;
  return new Linter({ cwd: root }).verify(text, config, { filename: file, allowInlineConfig: false });
}
