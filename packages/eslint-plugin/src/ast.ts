/** A node of a syntax tree as ESLint and oxlint hand it out. Only its name and place are taken for granted: parsers differ in the rest. */
export interface Node {
  readonly type: string;
  readonly range?: readonly [number, number];
  readonly parent?: Node | null;
}

/** What stands around an expression and changes nothing of its value. */
const WRAPPERS = new Set([
  "ChainExpression",
  "ParenthesizedExpression",
  "TSAsExpression",
  "TSInstantiationExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
]);

const FUNCTIONS = new Set(["ArrowFunctionExpression", "FunctionDeclaration", "FunctionExpression"]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** A field of a node, whatever it holds; `undefined` where there is none. */
export function field(node: Node | undefined, key: string): unknown {
  return node === undefined ? undefined : Reflect.get(node, key);
}

/** The node in a field; `undefined` where there is none. */
export function child(node: Node | undefined, key: string): Node | undefined {
  const value = field(node, key);
  return isNode(value) ? value : undefined;
}

/** The nodes in a field that holds a list. */
export function children(node: Node | undefined, key: string): readonly Node[] {
  const value = field(node, key);
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The expression within parentheses, `?.` chains and type assertions. */
export function bare(node: Node | undefined): Node | undefined {
  let inner = node;
  while (inner !== undefined && WRAPPERS.has(inner.type)) inner = child(inner, "expression");
  return inner;
}

/** A function of whichever form. */
export interface FunctionNode extends Node {
  readonly type: "ArrowFunctionExpression" | "FunctionDeclaration" | "FunctionExpression";
}

/** Whether it is a function with a body. */
export function isFunction(node: Node | undefined): node is FunctionNode {
  return node !== undefined && FUNCTIONS.has(node.type);
}

/** Every node below one, and itself, from the outside in. Does not enter nested functions when told so. */
export function* walk(node: Node, enterFunctions = true): Generator<Node> {
  yield node;
  for (const [key, value] of Object.entries(node)) {
    if (key === "parent" || value === null || typeof value !== "object") continue;
    for (const inner of Array.isArray(value) ? value : [value]) {
      if (isNode(inner) && (enterFunctions || !isFunction(inner))) yield* walk(inner, enterFunctions);
    }
  }
}

/** What a node stands in, from the inside out. */
export function* ancestors(node: Node): Generator<Node> {
  for (let outer = node.parent; outer !== undefined && outer !== null; outer = outer.parent) yield outer;
}

/** Whether a node is within another, or the same. */
export function isWithin(node: Node, outer: Node): boolean {
  return node === outer || [...ancestors(node)].includes(outer);
}

/** The name of an identifier, `undefined` for anything else. */
export function nameOf(node: Node | undefined): string | undefined {
  const inner = bare(node);
  const name =
    inner?.type === "Identifier" || inner?.type === "JSXIdentifier" ? field(inner, "name") : undefined;
  return typeof name === "string" ? name : undefined;
}

/** The text of a literal string, or of a template without expressions. */
export function textOf(node: Node | undefined): string | undefined {
  const inner = bare(node);
  const value = field(inner, "value");
  if (inner?.type === "Literal" && typeof value === "string") return value;
  if (inner?.type === "TemplateLiteral" && children(inner, "expressions").length === 0)
    return quasis(inner).join("");
  return undefined;
}

/** The literal parts of a template. */
export function quasis(template: Node): readonly string[] {
  return children(template, "quasis").map((part) => {
    const value = field(part, "value");
    return typeof value === "object" && value !== null && "cooked" in value ? String(value.cooked) : "";
  });
}

/** Whether it is this literal: `true`, `false`, a number. */
export function isLiteral(node: Node | undefined, value: boolean | number | string): boolean {
  const inner = bare(node);
  return inner?.type === "Literal" && field(inner, "value") === value;
}

/** The name of the property that a member expression reads, `undefined` where it is computed from anything but a literal. */
export function propertyName(node: Node | undefined): string | undefined {
  const inner = bare(node);
  if (inner?.type !== "MemberExpression") return undefined;
  const property = child(inner, "property");
  if (field(inner, "computed") === true) return textOf(property);
  return (
    nameOf(property) ??
    (property?.type === "PrivateIdentifier" ? `#${String(field(property, "name"))}` : undefined)
  );
}

/** What a member expression reads from. */
export function objectOf(node: Node | undefined): Node | undefined {
  const inner = bare(node);
  return inner?.type === "MemberExpression" ? bare(child(inner, "object")) : undefined;
}

/** The last name of `a`, `b.a` or `this.a`. */
export function lastName(node: Node | undefined): string | undefined {
  return nameOf(node) ?? propertyName(node);
}

/** `a.b.c` as text, where it is plain names. */
export function dotted(node: Node | undefined): string | undefined {
  const inner = bare(node);
  if (inner?.type === "ThisExpression") return "this";
  if (inner?.type !== "MemberExpression") return nameOf(inner);
  const object = dotted(child(inner, "object"));
  const property = propertyName(inner);
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

/** The arguments of a call or of `new`. */
export function argumentsOf(node: Node | undefined): readonly Node[] {
  return children(bare(node), "arguments");
}

/** A call of a method: what it is called on, its name and its arguments; `undefined` for anything else. */
export function methodCall(
  node: Node | undefined,
): { readonly object: Node; readonly method: string; readonly args: readonly Node[] } | undefined {
  const call = bare(node);
  if (call?.type !== "CallExpression") return undefined;
  const callee = child(call, "callee");
  const object = objectOf(callee);
  const method = propertyName(callee);
  return object === undefined || method === undefined
    ? undefined
    : { object, method, args: argumentsOf(call) };
}

/** The name of a property in an object literal or pattern. */
export function keyOf(property: Node): string | undefined {
  const key = child(property, "key");
  if (field(property, "computed") === true) return textOf(key);
  return nameOf(key) ?? textOf(key);
}

/** A property of an object literal by its name. */
export function propertyOf(object: Node | undefined, name: string): Node | undefined {
  return children(object, "properties").find(
    (property) => property.type === "Property" && keyOf(property) === name,
  );
}

/** The value of a property of an object literal. */
export function valueOf(object: Node | undefined, name: string): Node | undefined {
  return bare(child(propertyOf(object, name), "value"));
}

/** Whether every property of an object literal is written out: no spread, no computed name. */
export function isWhole(object: Node | undefined): object is Node {
  return (
    object?.type === "ObjectExpression" &&
    children(object, "properties").every(
      (property) => property.type === "Property" && keyOf(property) !== undefined,
    )
  );
}
