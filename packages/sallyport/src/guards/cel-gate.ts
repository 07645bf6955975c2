import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { internalNames, preparePattern } from "./cel-environment.ts";
import { childrenOf, literalOf, mentions, pathOf, type ListPath } from "./cel-tree.ts";

/** Why an expression is not accepted. `at`: the position in the expression, from 0. */
export interface CelRefusal {
  readonly at: number;
  readonly message: string;
}

/** What a walk through an expression found. */
export interface GateFindings {
  readonly refusals: readonly CelRefusal[];
  /** The variables that the expression reads. */
  readonly variables: ReadonlySet<string>;
  /** The lists that it goes through, whose length is to be looked at before each evaluation. */
  readonly lists: readonly ListPath[];
}

/** The variables of rules about handshakes and messages. */
export const MESSAGE_VARIABLES: readonly string[] = ["identity", "request", "message"];
/** The variable of rules about events. */
export const EVENT_VARIABLES: readonly string[] = ["event"];
/** For `type(x) == string`. */
const TYPE_NAMES: ReadonlySet<string> = new Set([
  "string",
  "bool",
  "int",
  "double",
  "list",
  "map",
  "null_type",
  "type",
]);
const FUNCTIONS: readonly string[] = ["bool", "double", "has", "int", "size", "string", "type"];
const MACROS: readonly string[] = ["all", "exists", "exists_one", "filter", "map"];
/** They search one text in another, which may take the product of their lengths. */
const SEARCHES: readonly string[] = ["contains", "indexOf", "lastIndexOf"];
/** They look at no more of a text than their argument is long. */
const CHEAP: readonly string[] = ["startsWith", "endsWith"];
/** Their argument must stand in the rule. */
const LITERAL_ARGUMENT: readonly string[] = ["matches", "split"];
const METHODS: readonly string[] = [
  ...SEARCHES,
  ...CHEAP,
  ...LITERAL_ARGUMENT,
  "lowerAscii",
  "size",
  "substring",
  "trim",
];
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["matches", internalNames.matches],
  ["lowerAscii", internalNames.lowerAscii],
]);

/** The names that macros give to the elements of their lists, and whether the elements are the peer's. */
type Elements = ReadonlyMap<string, boolean>;

const isMessage = (name: string): boolean => name === "message";
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/**
 * Walks through a parsed expression, once, before its types are checked. Refuses what could run long on a peer's message
 * and what is not known here, and changes the tree where the library needs guarding: `matches` becomes RE2's, and what an
 * operator or a function is given is looked at first, since the library keeps a type for every shape of nested lists that
 * it ever met.
 */
export class CelGate {
  readonly #environment: Environment;
  readonly #refusals: CelRefusal[] = [];
  readonly #variables = new Set<string>();
  readonly #lists: ListPath[] = [];

  readonly #known: readonly string[];

  private constructor(environment: Environment, known: readonly string[]) {
    this.#environment = environment;
    this.#known = known;
  }

  /** Looks at a whole expression, and changes it. @param environment the one that parsed it @param known its variables */
  static inspect(
    ast: ASTNode,
    environment: Environment,
    known: readonly string[] = MESSAGE_VARIABLES,
  ): GateFindings {
    const gate = new CelGate(environment, known);
    gate.#visit(ast, new Map());
    return { refusals: gate.#refusals, variables: gate.#variables, lists: gate.#lists };
  }

  #refuse(node: ASTNode, message: string): void {
    this.#refusals.push({ at: node.pos, message });
  }

  #visit(node: ASTNode, elements: Elements): void {
    switch (node.op) {
      case "value":
        return;
      case "id":
        return this.#visitName(node, node.args, elements);
      case ".":
      case ".?":
        return this.#visit(node.args[0], elements);
      case "[]":
      case "[?]":
        this.#visit(node.args[0], elements);
        return this.#visitScalar(node.args, 1, elements);
      case "call":
        return this.#visitCall(node, node.args, elements);
      case "rcall":
        return this.#visitMethod(node, node.args, elements);
      case "map":
        for (const entry of node.args) this.#visitOperands(entry, elements);
        return;
      case "!_":
      case "-_":
        this.#visit(node.args, elements);
        if (isUnknown(node.args)) Reflect.set(node, "args", this.#wrapped(node.args, internalNames.operand));
        return;
      case "in":
        return this.#visitMembership(node.args, elements);
      case "+":
        for (const side of node.args) this.#refuseRepeated(side, elements);
        return this.#visitOperands(node.args, elements);
      case "==":
      case "!=":
      case "<":
      case "<=":
      case ">":
      case ">=":
        if (node.args.every((side) => mentions(side, isMessage))) this.#refuseRepeated(node, elements);
        return this.#visitOperands(node.args, elements);
      case "list":
      case "?:":
      case "||":
      case "&&":
      case "-":
      case "*":
      case "/":
      case "%":
        return this.#visitOperands(node.args, elements);
    }
  }

  // A list that stands in the rule is as short as the rule, whatever it holds.
  #visitMembership(sides: [ASTNode, ASTNode], elements: Elements): void {
    this.#visitScalar(sides, 0, elements);
    if (sides[1].op !== "list") this.#refuseRepeated(sides[1], elements);
    this.#visitOperand(sides, 1, elements);
  }

  #visitName(node: ASTNode, name: string, elements: Elements): void {
    if (this.#known.includes(name) && !elements.has(name)) this.#variables.add(name);
    else if (!elements.has(name) && !TYPE_NAMES.has(name))
      this.#refuse(
        node,
        `\`${name}\` is not known here: there ${this.#known.length === 1 ? "is" : "are"} ${code(this.#known)}`,
      );
  }

  #visitCall(node: ASTNode, args: [string, ASTNode[]], elements: Elements): void {
    const [name, given] = args;
    if (!FUNCTIONS.includes(name))
      return this.#refuse(node, `the function \`${name}\` is not known here: there are ${code(FUNCTIONS)}`);
    if (name === "has") return given.forEach((argument) => this.#visit(argument, elements));
    for (const argument of given) this.#refuseRepeated(argument, elements);
    this.#visitOperands(given, elements);
  }

  #visitMethod(node: ASTNode, args: [string, ASTNode, ASTNode[]], elements: Elements): void {
    const [name, receiver, given] = args;
    if (MACROS.includes(name)) return this.#visitMacro(node, args, elements);
    if (!METHODS.includes(name))
      return this.#refuse(
        node,
        `the function \`${name}\` is not known here: there are ${code([...METHODS, ...MACROS])}`,
      );
    if (LITERAL_ARGUMENT.includes(name)) this.#checkLiteral(name, given);
    if (SEARCHES.includes(name)) this.#checkSearch(receiver, given, elements);
    if (!CHEAP.includes(name)) for (const part of [receiver, ...given]) this.#refuseRepeated(part, elements);
    this.#visitOperand(args, 1, elements);
    this.#visitOperands(given, elements);
    args[0] = RENAMED.get(name) ?? name;
  }

  #checkLiteral(name: string, given: readonly ASTNode[]): void {
    for (const argument of given) {
      const literal = literalOf(argument);
      if (typeof literal !== "string")
        this.#refuse(argument, `\`${name}\` takes a text that stands in the rule itself`);
      else if (name === "matches") this.#checkPattern(argument, literal);
    }
  }

  #checkPattern(node: ASTNode, pattern: string): void {
    try {
      preparePattern(pattern);
    } catch (error) {
      const why = String(error).replace(/^\w+: /, "");
      this.#refuse(node, `the pattern is not RE2 (no look-around, no back-references): ${why}`);
    }
  }

  #checkSearch(receiver: ASTNode, given: readonly ASTNode[], elements: Elements): void {
    const isPeers = (name: string): boolean =>
      elements.get(name) ?? (isMessage(name) || name === "request" || name === "event");
    const [wanted] = given;
    if (wanted !== undefined && mentions(receiver, isPeers) && mentions(wanted, isPeers))
      this.#refuse(
        wanted,
        "a text of the peer is searched for in another: that may take the product of their lengths",
      );
  }

  #visitMacro(node: ASTNode, [name, list, given]: [string, ASTNode, ASTNode[]], elements: Elements): void {
    if (elements.size > 0)
      return this.#refuse(node, `\`${name}\` inside another list macro: nested macros are not accepted`);
    const path = pathOf(list);
    if (path !== null) this.#lists.push(path);
    else if (list.op !== "list")
      this.#refuse(
        list,
        `\`${name}\` goes through a path such as \`message.rooms\`, whose length can be bounded, or a list that stands in the rule`,
      );
    this.#visit(list, elements);
    const [element, ...bodies] = given;
    if (element?.op !== "id") return;
    if (this.#known.includes(element.args) || TYPE_NAMES.has(element.args))
      this.#refuse(element, `\`${element.args}\` has a meaning already: name the element otherwise`);
    const inside = new Map([[element.args, mentions(list, isMessage)]]);
    bodies.forEach((body, index) => {
      const yieldsValue = name === "map" && index === bodies.length - 1;
      if (!yieldsValue && isUnknown(body))
        this.#refuse(body, "write what it is compared with, such as `== true`");
      this.#visit(body, inside);
    });
  }

  // What is done once for every element must not be as long as the message.
  #refuseRepeated(node: ASTNode, elements: Elements): void {
    if (elements.size === 0 || !mentions(node, isMessage)) return;
    this.#refuse(
      node,
      "inside a list macro `message` may be compared with something else, or asked for `startsWith`, `endsWith` and `has`: anything more would be done again for every element",
    );
  }

  #visitOperands(nodes: ASTNode[], elements: Elements): void {
    for (const index of nodes.keys()) this.#visitOperand(nodes, index, elements);
  }

  #visitOperand(nodes: unknown[], index: number, elements: Elements): void {
    this.#replace(nodes, index, elements, internalNames.operand);
  }

  #visitScalar(nodes: ASTNode[], index: number, elements: Elements): void {
    this.#replace(nodes, index, elements, internalNames.scalar);
  }

  #replace(nodes: unknown[], index: number, elements: Elements, macro: string): void {
    // The callers pass positions that hold nodes.
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    const node = nodes[index] as ASTNode;
    this.#visit(node, elements);
    if (isUnknown(node)) nodes[index] = this.#wrapped(node, macro);
  }

  #wrapped(node: ASTNode, macro: string): ASTNode {
    const { ast } = this.#environment.parse(`${macro}(true)`);
    Reflect.set(childrenOf(ast), 0, node);
    return ast;
  }
}

/** Whether a value may be of any type, so that the library would look into it: fields, and lists that macros make. */
function isUnknown(node: ASTNode): boolean {
  if (node.op === "id") return !TYPE_NAMES.has(node.args);
  if (node.op === "rcall") return node.args[0] === "map" || node.args[0] === "filter";
  return node.op === "." || node.op === "[]";
}
