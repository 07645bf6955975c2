import type { Node } from "./ast.ts";

/** A place where a name is used. */
export interface Reference {
  readonly identifier: Node;
  /** What is written to it there; absent for reads. */
  readonly writeExpr?: Node | null;
  readonly resolved?: Variable | null;
}

/** A variable, with where it is made and used. */
export interface Variable {
  readonly name: string;
  readonly defs: readonly { readonly type: string; readonly name: Node; readonly node: Node }[];
  readonly references: readonly Reference[];
}

/** A scope, as far as rules look into it. */
export interface Scope {
  readonly set: { get(name: string): Variable | undefined };
  readonly upper: Scope | null;
}

/** The source as a linter gives it to a rule. */
export interface SourceCode {
  readonly text: string;
  readonly ast: Node;
  getText(node?: Node): string;
  getScope(node: Node): Scope;
}

/** Changes text; what a fix is made with. */
export interface Fixer {
  replaceTextRange(range: readonly [number, number], text: string): unknown;
}

/** What is told of a node. */
export interface Report {
  readonly node: Node;
  readonly messageId: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly suggest?: readonly { readonly messageId: string; readonly fix: (fixer: Fixer) => unknown }[];
}

/** What ESLint and oxlint hand to a rule, as far as these rules use it. */
export interface Context {
  readonly sourceCode: SourceCode;
  readonly options: readonly unknown[];
  readonly report: (report: Report) => void;
}

/** What a rule wants to see: a function for each type of node. */
export type Visitors = Record<string, (node: Node) => void>;

/** One rule: what it is, where it is documented, and what it looks at. */
export interface Rule {
  readonly meta: {
    readonly type: "problem" | "suggestion";
    readonly docs: {
      readonly description: string;
      /** Whether `recommended` has it. What only `strict` has asks for more than most programs do. */
      readonly recommended: boolean;
      readonly url: string;
    };
    readonly hasSuggestions?: boolean;
    readonly schema: readonly object[];
    readonly messages: Readonly<Record<string, string>>;
  };
  create(context: Context): Visitors;
}

/** Where the page of a rule is: in this package, as it is installed, so that it is of the same version. */
export function pageOf(rule: string): string {
  return new URL(`../docs/${rule}.md`, import.meta.url).href;
}
