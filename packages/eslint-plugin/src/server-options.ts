import { argumentsOf, bare, isWhole, propertyOf, valueOf, type Node } from "./ast.ts";
import type { Fixer, SourceCode } from "./rule.ts";
import { resolve } from "./variables.ts";

/** The options that a construction is given, where all of them are seen: written out, or a `const` that is. */
export function optionsOf(source: SourceCode, construction: Node, index = 0): Node | undefined {
  const options = resolve(source, argumentsOf(construction)[index]);
  return isWhole(options) ? options : undefined;
}

/** The value of an option; a name is followed to what it stands for. */
export function optionOf(source: SourceCode, options: Node | undefined, name: string): Node | undefined {
  const property = propertyOf(options, name);
  return property === undefined ? undefined : (resolve(source, valueOf(options, name)) ?? bare(property));
}

/** Writes one more option at the beginning of an object literal. */
export function addOption(source: SourceCode, options: Node, text: string): (fixer: Fixer) => unknown {
  return (fixer) => {
    const [begin, end] = options.range ?? [0, 0];
    const inner = source.getText(options).slice(1, -1);
    return fixer.replaceTextRange(
      [begin, end],
      inner.trim() === "" ? `{ ${text} }` : `{ ${text}, ${inner.trimStart()}}`,
    );
  };
}
