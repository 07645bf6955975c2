import { parseSync } from "oxc-parser";

import { children, type Node, walk } from "../src/ast.ts";

/**
 * A parser of TypeScript and JSX for ESLint, from the one that oxlint has: the usual one needs an API that TypeScript 7 does not have. It gives no
 * tokens, which the rules do not ask for.
 */
export const oxcEslintParser = {
  meta: { name: "oxc-eslint-parser", version: "0.0.0" },
  parse(text: string, options?: { readonly filePath?: string }): Node {
    const path = options?.filePath ?? "input.tsx";
    const { program, comments, errors } = parseSync(/\.[cm]?[jt]sx?$/.test(path) ? path : "input.tsx", text, {
      range: true,
      lang: path.endsWith(".ts") ? "ts" : "tsx",
      sourceType: "module",
    });
    if (errors[0] !== undefined) throw new SyntaxError(`${path}: ${errors[0].message}`);
    const lines = lineStarts(text);
    const tree: Node = program;
    for (const node of walk(tree)) Object.assign(node, { loc: locationOf(node, lines) });
    const notes = comments.map(({ type, value, start, end }) => ({
      type,
      value,
      range: [start, end] as const,
    }));
    for (const note of notes) Object.assign(note, { loc: locationOf(note, lines) });
    return Object.assign(tree, { tokens: [], comments: notes, body: children(tree, "body") });
  },
};

function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\r\n?|[\n\u2028\u2029]/g)].map((end) => end.index + end[0].length)];
}

function locationOf({ range: [begin, end] = [0, 0] }: Pick<Node, "range">, lines: readonly number[]): object {
  const place = (offset: number): object => {
    const line = lines.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (lines[line] ?? 0) };
  };
  return { start: place(begin), end: place(end) };
}
