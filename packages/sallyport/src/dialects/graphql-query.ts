import type {
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  OperationTypeNode,
  SelectionSetNode,
} from "graphql";
// By their files: the package as a whole is over a hundred more, which every start would load.
import { Kind } from "graphql/language/kinds.js";
import { parse } from "graphql/language/parser.js";
import type { DialectFault } from "./dialect.ts";
import { argumentsOf, type GraphqlArguments } from "./graphql-arguments.ts";
import { isFault, limitFault, syntaxFault } from "./fault.ts";

/** What a GraphQL document may be at most. */
export interface GraphqlLimits {
  /** Fields within fields, fragments resolved: `{ a { b } }` is 2 deep. */
  readonly depth: number;
  /** Selected fields, fragments resolved; each alias counts. */
  readonly cost: number;
  /** Tokens of the text. */
  readonly tokens: number;
}

/** What an operation asks for. */
export interface GraphqlOperation {
  readonly operation: `${OperationTypeNode}`;
  /** As the document names it; `null`: it has no name. */
  readonly name: string | null;
  /** Names, not aliases, of the fields of its root; fragments resolved. */
  readonly fields: readonly string[];
  /** What is written in it instead of given as a variable. */
  readonly arguments: GraphqlArguments;
  readonly depth: number;
  readonly cost: number;
}

/**
 * Reads the operation that would be executed (GraphQL 2.1, 6.1). Refuses what does not parse, definitions of types, names that two
 * operations or two fragments share, a choice between operations that nobody made, fragments that are missing or contain
 * themselves, and what is beyond the limits. Never throws; time and memory are bounded by `tokens`, whatever fragments expand to.
 */
export function readGraphql(
  query: string,
  operationName: string | null,
  limits: GraphqlLimits,
): GraphqlOperation | DialectFault {
  try {
    return readDocument(parse(query, { noLocation: true, maxTokens: limits.tokens }), operationName, limits);
  } catch (error) {
    // The parser gives up by an error like any other; its text holds some of the query.
    if (error instanceof Error && error.message.startsWith("Syntax Error: Document contains more"))
      return limitFault(`a query of more than ${limits.tokens} \`tokens\``);
    return syntaxFault(
      error instanceof RangeError ? "a query that is nested too deeply" : "a query that does not parse",
    );
  }
}

function readDocument(
  { definitions }: DocumentNode,
  operationName: string | null,
  limits: GraphqlLimits,
): GraphqlOperation | DialectFault {
  const operations: OperationDefinitionNode[] = [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
    else if (definition.kind !== Kind.FRAGMENT_DEFINITION) return syntaxFault("a definition of types");
    else if (fragments.has(definition.name.value)) return syntaxFault("two fragments of one name");
    else fragments.set(definition.name.value, definition);
  }
  const chosen = choose(operations, operationName);
  if (isFault(chosen)) return chosen;
  const extent = new Extents(fragments).of(chosen.selectionSet);
  if (typeof extent === "string") return syntaxFault(extent);
  if (extent.depth > limits.depth) return limitFault(`a query deeper than \`depth\`, ${limits.depth}`);
  if (extent.cost > limits.cost) return limitFault(`a query of more than \`cost\`, ${limits.cost} fields`);
  return {
    operation: chosen.operation,
    name: chosen.name?.value ?? null,
    fields: rootFields(chosen.selectionSet, fragments),
    arguments: argumentsOf(chosen, fragments),
    depth: extent.depth,
    cost: extent.cost,
  };
}

function choose(
  operations: readonly OperationDefinitionNode[],
  operationName: string | null,
): OperationDefinitionNode | DialectFault {
  const [first] = operations;
  if (first === undefined) return syntaxFault("a query without an operation");
  const names = new Set(operations.map(({ name }) => name?.value));
  if (names.size < operations.length) return syntaxFault("two operations of one name, or of none");
  if (operationName === null)
    return operations.length === 1 ? first : syntaxFault("several operations, and no `operationName`");
  return (
    operations.find(({ name }) => name?.value === operationName) ??
    syntaxFault("an `operationName` that the query does not have")
  );
}

/** How far a selection reaches. */
interface Extent {
  readonly depth: number;
  readonly cost: number;
}

/** How far selections reach with their fragments. Each fragment is looked at once, however often it is spread. */
class Extents {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #known = new Map<string, Extent | "open">();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#fragments = fragments;
  }

  /** The extent, or what is wrong. */
  of({ selections }: SelectionSetNode): Extent | string {
    let depth = 0;
    let cost = 0;
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD;
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? this.#ofFragment(selection.name.value)
          : selection.selectionSet === undefined
            ? NOTHING
            : this.of(selection.selectionSet);
      if (typeof inner === "string") return inner;
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
      // May become Infinity, which is beyond every limit.
      cost += inner.cost + (isField ? 1 : 0);
    }
    return { depth, cost };
  }

  #ofFragment(name: string): Extent | string {
    const known = this.#known.get(name);
    if (known === "open") return "a fragment that contains itself";
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return "a fragment that is not there";
    this.#known.set(name, "open");
    const extent = this.of(fragment.selectionSet);
    if (typeof extent !== "string") this.#known.set(name, extent);
    return extent;
  }
}

const NOTHING: Extent = { depth: 0, cost: 0 };

function rootFields(
  root: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly string[] {
  const fields = new Set<string>();
  const entered = new Set<string>();
  const sets = [root];
  for (const { selections } of sets) {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) sets.push(selection.selectionSet);
      else if (!entered.has(selection.name.value)) {
        entered.add(selection.name.value);
        // It is there: the extent was found.
        const fragment = [fragments.get(selection.name.value)].filter((found) => found !== undefined);
        sets.push(...fragment.map(({ selectionSet }) => selectionSet));
      }
    }
  }
  return [...fields];
}
