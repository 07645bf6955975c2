import { Linter, type Linter as EslintLinter } from "eslint";

import { builtInRules } from "../src/built-in-rules.ts";
import { oxcEslintParser } from "./oxc-eslint-parser.ts";

const recommended = Object.entries(builtInRules).filter(([, { meta }]) => meta.docs.recommended);
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a rule of ours has fewer types than ESLint says of one
const config = {
  files: ["**/*.{js,cjs,mjs,jsx,ts,cts,mts,tsx}"],
  languageOptions: { parser: oxcEslintParser },
  linterOptions: { reportUnusedDisableDirectives: "off" },
  plugins: { sallyport: { rules: Object.fromEntries(recommended) } },
  rules: Object.fromEntries(recommended.map(([name]) => [`sallyport/${name}`, "error"])),
} as unknown as EslintLinter.Config;

/** What the recommended rules say of a file, whatever its comments switch off. @param root the file is below it */
export function lintSource(root: string, file: string, text: string): readonly EslintLinter.LintMessage[] {
  return new Linter({ cwd: root }).verify(text, config, { filename: file, allowInlineConfig: false });
}
