import type {
  ConstDirectiveNode,
  DirectiveNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
  ValueNode,
} from "graphql";
import { Kind } from "graphql/language/kinds.js";

/**
 * Arguments that are written in a document, and no variables: by the field, the directive (`@include`) or the variable (`$`, its default)
 * that they belong to, and by their names; every value that stands there.
 */
export type GraphqlArguments = Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;

/** Those of an operation and of every fragment that it spreads. Variables inside of lists and objects are null. */
export function argumentsOf(
  { selectionSet, directives, variableDefinitions }: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): GraphqlArguments {
  const written = new Written(fragments);
  for (const { variable, defaultValue, directives: own } of variableDefinitions ?? []) {
    if (defaultValue !== undefined) written.add(DEFAULTS, variable.name.value, defaultValue);
    written.addDirectives(own);
  }
  written.addDirectives(directives);
  written.addSelections(selectionSet);
  return written.all();
}

const DEFAULTS = "$";

/** What was found so far. Each fragment is looked at once, however often it is spread. */
class Written {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #entered = new Set<string>();
  readonly #found = new Map<string, Map<string, unknown[]>>();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#fragments = fragments;
  }

  add(owner: string, name: string, value: ValueNode): void {
    if (value.kind === Kind.VARIABLE) return;
    const names = this.#found.get(owner) ?? new Map<string, unknown[]>();
    this.#found.set(owner, names);
    const values = names.get(name) ?? [];
    names.set(name, values);
    values.push(literalOf(value));
  }

  addDirectives(directives: readonly (DirectiveNode | ConstDirectiveNode)[] | undefined): void {
    for (const { name, arguments: given } of directives ?? [])
      for (const argument of given ?? []) this.add(`@${name.value}`, argument.name.value, argument.value);
  }

  addSelections({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      this.addDirectives(selection.directives);
      if (selection.kind === Kind.FRAGMENT_SPREAD) this.#addFragment(selection.name.value);
      else {
        if (selection.kind === Kind.FIELD)
          for (const { name, value } of selection.arguments ?? [])
            this.add(selection.name.value, name.value, value);
        if (selection.selectionSet !== undefined) this.addSelections(selection.selectionSet);
      }
    }
  }

  /** A member for each, whatever its name: `__proto__` is one like others. */
  all(): GraphqlArguments {
    return Object.fromEntries(
      [...this.#found].map(([owner, names]) => [owner, Object.fromEntries(names)] as const),
    );
  }

  #addFragment(name: string): void {
    const fragment = this.#fragments.get(name);
    if (fragment === undefined || this.#entered.has(name)) return;
    this.#entered.add(name);
    this.addDirectives(fragment.directives);
    this.addSelections(fragment.selectionSet);
  }
}

/** As JSON would have it; the name of a value of an enumeration is a text. */
function literalOf(node: ValueNode): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map(literalOf);
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, literalOf(value)]));
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      break;
  }
  return node.value;
}
