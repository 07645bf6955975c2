import { argumentsOf, bare, child, children, field, keyOf, nameOf, textOf, type Node } from "./ast.ts";
import type { SourceCode, Variable } from "./rule.ts";

/** The variable that an identifier names; `undefined` for globals and for anything but an identifier. */
export function variableOf(source: SourceCode, node: Node | undefined): Variable | undefined {
  const name = nameOf(node);
  const inner = bare(node);
  if (name === undefined || inner === undefined) return undefined;
  for (let scope = startOf(source, inner); scope !== null; scope = scope.upper) {
    const variable = scope.set.get(name);
    if (variable !== undefined) return variable;
  }
  return undefined;
}

function startOf(source: SourceCode, node: Node): ReturnType<SourceCode["getScope"]> | null {
  return source.getScope(node);
}

/** Everything that is assigned to a variable as a whole, where it is declared or later. */
export function writesOf(variable: Variable): readonly Node[] {
  const declared = variable.defs.flatMap(({ type, node, name }) => {
    if (type !== "Variable" || child(node, "id") !== name) return [];
    const init = bare(child(node, "init"));
    return init === undefined ? [] : [init];
  });
  const assigned = variable.references.flatMap(({ identifier }) => {
    const parent = identifier.parent;
    if (parent?.type !== "AssignmentExpression" || child(parent, "left") !== identifier) return [];
    const right = bare(child(parent, "right"));
    return right === undefined ? [] : [right];
  });
  return [...declared, ...assigned];
}

/** The one thing that a name stands for: through `const` and functions, or the node itself where it is no name. */
export function resolve(source: SourceCode, node: Node | undefined, depth = 4): Node | undefined {
  const inner = bare(node);
  if (inner?.type !== "Identifier" || depth === 0) return inner;
  const variable = variableOf(source, inner);
  if (variable === undefined) return inner;
  const declared = variable.defs[0];
  if (declared?.type === "FunctionName") return declared.node;
  const writes = writesOf(variable);
  return writes.length === 1 && variable.defs.length === 1 ? resolve(source, writes[0], depth - 1) : inner;
}

/** Where a name was imported from, and under which name there: `["ws", "WebSocketServer"]`; the whole module is `*`, its default `default`. */
export function importOf(source: SourceCode, node: Node | undefined): readonly [string, string] | undefined {
  const definition = variableOf(source, node)?.defs[0];
  if (definition === undefined) return undefined;
  if (definition.type === "ImportBinding") return importBinding(definition.node);
  if (definition.type !== "Variable") return undefined;
  const required = requiredModule(bare(child(definition.node, "init")));
  if (required === undefined) return undefined;
  const pattern = child(definition.node, "id");
  if (pattern?.type !== "ObjectPattern") return [required, "*"];
  const property = children(pattern, "properties").find((one) => child(one, "value") === definition.name);
  return [required, (property === undefined ? undefined : keyOf(property)) ?? "*"];
}

function importBinding(specifier: Node): readonly [string, string] | undefined {
  const declaration = specifier.parent;
  const module = textOf(child(declaration ?? undefined, "source"));
  if (module === undefined) return undefined;
  if (specifier.type === "ImportDefaultSpecifier") return [module, "default"];
  if (specifier.type === "ImportNamespaceSpecifier") return [module, "*"];
  const imported = child(specifier, "imported");
  return [module, nameOf(imported) ?? textOf(imported) ?? "default"];
}

function requiredModule(node: Node | undefined): string | undefined {
  if (node?.type === "AwaitExpression") {
    const loaded = bare(child(node, "argument"));
    return loaded?.type === "ImportExpression" ? textOf(child(loaded, "source")) : undefined;
  }
  if (node?.type !== "CallExpression" || nameOf(child(node, "callee")) !== "require") return undefined;
  return textOf(argumentsOf(node)[0]);
}

/** Every module that a file names in `import`, `require` or `import()`. */
export function modulesOf(source: SourceCode): ReadonlySet<string> {
  const modules = new Set<string>();
  for (const statement of children(source.ast, "body")) {
    const from = textOf(child(statement, "source"));
    if (from !== undefined) modules.add(from);
  }
  for (const [, name = ""] of source.text.matchAll(/\b(?:require|import)\(\s*["'`]([^"'`]+)["'`]\s*\)/g))
    modules.add(name);
  return modules;
}

/** What stands at a parameter's place: the identifier within a default value or a rest, or the pattern. */
export function parameter(node: Node | undefined): Node | undefined {
  if (node?.type === "AssignmentPattern") return child(node, "left");
  if (node?.type === "TSParameterProperty") return child(node, "parameter");
  if (node?.type === "RestElement") return child(node, "argument");
  return node;
}

/** The parameters of a function. A `this` that only has a type is none. */
export function parametersOf(handler: Node): readonly Node[] {
  return children(handler, "params").filter((one) => nameOf(one) !== "this");
}

/** Whether a function waits: `async`. */
export function isAsync(handler: Node): boolean {
  return field(handler, "async") === true;
}
