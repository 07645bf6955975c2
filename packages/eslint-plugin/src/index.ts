// ESLint takes a plugin as the default export of its package.
import { builtInRules } from "./built-in-rules.ts";
import type { Rule } from "./rule.ts";

/** A set of rules for `eslint.config.js`. */
export interface Config {
  readonly name: string;
  readonly plugins: Record<string, Plugin>;
  readonly rules: Record<string, "error" | ["error", object]>;
}

/** The plugin, as ESLint and oxlint load it. */
export interface Plugin {
  readonly meta: { readonly name: string; readonly version: string };
  readonly rules: Record<string, Rule>;
  readonly configs: { readonly recommended: Config; readonly strict: Config };
}

/** Options that `strict` gives, where a rule asks for more with them. */
const STRICT: Readonly<Record<string, object>> = {
  "no-unbounded-broadcast": { readyState: "does-not-suffice" },
};

const all = Object.entries(builtInRules);
const plugins: Record<string, Plugin> = {};
const recommended: Config = {
  name: "sallyport/recommended",
  plugins,
  rules: Object.fromEntries(
    all.filter(([, { meta }]) => meta.docs.recommended).map(([name]) => [`sallyport/${name}`, "error"]),
  ),
};
const strict: Config = {
  name: "sallyport/strict",
  plugins,
  rules: Object.fromEntries(
    all.map(([name]) => {
      const options = STRICT[name];
      return [`sallyport/${name}`, options === undefined ? "error" : ["error", options]];
    }),
  ),
};

/** The rules, with `configs.recommended` for what is nearly always a fault and `configs.strict` for what a reviewer would ask about. */
const plugin: Plugin = {
  meta: { name: "eslint-plugin-sallyport", version: "0.1.0" },
  rules: { ...builtInRules },
  configs: { recommended, strict },
};
plugins["sallyport"] = plugin;

export default plugin;
