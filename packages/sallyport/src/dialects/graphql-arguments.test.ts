import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
} from "graphql";
import { describe, expect, it } from "vitest";
import { argumentsOf, type GraphqlArguments } from "./graphql-arguments.ts";

function read(query: string): GraphqlArguments {
  const { definitions } = parse(query);
  const operation = definitions.find(
    (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
  );
  if (operation === undefined) throw new TypeError("no operation");
  const fragments = definitions.filter(
    (node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION,
  );
  return argumentsOf(operation, new Map(fragments.map((node) => [node.name.value, node])));
}

describe("argumentsOf", () => {
  it.each<[string, GraphqlArguments]>([
    ["{ a }", {}],
    ['{ x: a(b: "c") { d(e: 1.5) } a(b: "f") }', { a: { b: ["c", "f"] }, d: { e: [1.5] } }],
    ['{ a(b: """c""", d: E, e: true, f: null) }', { a: { b: ["c"], d: ["E"], e: [true], f: [null] } }],
    ["query ($v: Int) { a(b: $v) @d }", {}],
    ['{ a(b: [1, $v, "c"], o: { i: { k: "l" } }) }', { a: { b: [[1, null, "c"]], o: [{ i: { k: "l" } }] } }],
    [
      'query Q($v: String = "w" @p(q: 1)) @r(s: 2) { a @include(if: false) }',
      { $: { v: ["w"] }, "@p": { q: [1] }, "@r": { s: [2] }, "@include": { if: [false] } },
    ],
    [
      "{ ...F ...F ... on T @x(y: 1) { a(b: 1) } } fragment F on Q @z(w: 1) { c(d: 2) ...F ...Missing }",
      { "@x": { y: [1] }, a: { b: [1] }, "@z": { w: [1] }, c: { d: [2] } },
    ],
    ["{ a } fragment Unused on Q { b(c: 1) }", {}],
  ])("reads %s", (query, found) => {
    expect(read(query)).toEqual(found);
  });

  it("needs no lists where a node has none", () => {
    const name = { kind: Kind.NAME, value: "a" } as const;
    const selectionSet = {
      kind: Kind.SELECTION_SET,
      selections: [
        { kind: Kind.FIELD, name },
        { kind: Kind.FRAGMENT_SPREAD, name, directives: [{ kind: Kind.DIRECTIVE, name }] },
      ],
    } as const;
    const operation = {
      kind: Kind.OPERATION_DEFINITION,
      operation: OperationTypeNode.QUERY,
      selectionSet,
    } as const;
    expect(argumentsOf(operation, new Map())).toEqual({});
  });

  it("has a member for each name, `__proto__` too, and changes no prototype", () => {
    const found = read('{ __proto__(__proto__: { __proto__: "x" }) }');
    expect(Object.keys(found)).toEqual(["__proto__"]);
    expect(JSON.stringify(found)).toBe('{"__proto__":{"__proto__":[{"__proto__":"x"}]}}');
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });
});
