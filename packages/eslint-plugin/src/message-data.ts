import {
  argumentsOf,
  bare,
  child,
  children,
  field,
  isFunction,
  isWithin,
  lastName,
  methodCall,
  nameOf,
  objectOf,
  propertyName,
  textOf,
  walk,
  type Node,
} from "./ast.ts";
import type { SourceCode, Variable } from "./rule.ts";
import { isSocket, isSocketIoSocket, listenerOf, listeningCalls, usesOf } from "./sockets.ts";
import { parameter, parametersOf, variableOf, writesOf } from "./variables.ts";

/** Names and calls that are followed from a use back to its source: deeper than programs are, and bounded. */
const DEPTH = 24;
/** Functions whose result is their first argument in another form. */
const SAME = new Set([
  "JSON.parse",
  "String",
  "Buffer.from",
  "decodeURIComponent",
  "decodeURI",
  "atob",
  "structuredClone",
  "Object.values",
  "Object.entries",
  "Array.from",
]);
/** Methods whose result is what they are called on in another form. */
const KEEPS = new Set([
  "toString",
  "trim",
  "trimStart",
  "trimEnd",
  "slice",
  "substring",
  "substr",
  "split",
  "join",
  "concat",
  "at",
  "filter",
  "reverse",
  "sort",
  "toLowerCase",
  "toUpperCase",
  "text",
  "valueOf",
  "find",
  "pop",
  "shift",
  "flat",
]);
/** Methods that hand each item to a function. */
const EACH = new Set(["map", "forEach", "filter", "find", "some", "every", "flatMap"]);
/** Fields that are a number or a constant whoever sends. */
const HARMLESS = new Set(["length", "byteLength", "size", "isTrusted", "timeStamp"]);
/** Events of Socket.IO that carry nothing of the peer's. */
const RESERVED = new Set([
  "connect",
  "connection",
  "connect_error",
  "disconnect",
  "disconnecting",
  "error",
  "newListener",
  "removeListener",
  "reconnect",
  "reconnect_attempt",
  "reconnect_error",
  "reconnect_failed",
  "ping",
  "pong",
]);

/** A question about one file: is this value what a peer sent? */
export interface MessageData {
  /** Whether a value is, or has in it, what came in a message. What went through any other function than those known to keep it is not. */
  has(node: Node | undefined): boolean;
}

/** Follows values of a file back to messages of WebSockets: through names, patterns, `JSON.parse`, templates, calls of functions in the file and React state. */
export function messageData(source: SourceCode): MessageData {
  const known = new Map<Variable, boolean>();
  const has = (node: Node | undefined, depth: number): boolean => {
    const inner = bare(node);
    if (inner === undefined || depth === 0) return false;
    switch (inner.type) {
      case "Identifier":
        return ofVariable(variableOf(source, inner), depth - 1);
      case "MemberExpression":
        return ofMember(inner, depth - 1);
      case "CallExpression":
      case "NewExpression":
        return ofCall(inner, depth - 1);
      case "TemplateLiteral":
        return children(inner, "expressions").some((part) => has(part, depth - 1));
      case "BinaryExpression":
        return (
          field(inner, "operator") === "+" &&
          (has(child(inner, "left"), depth - 1) || has(child(inner, "right"), depth - 1))
        );
      case "LogicalExpression":
        return has(child(inner, "left"), depth - 1) || has(child(inner, "right"), depth - 1);
      case "ConditionalExpression":
        return has(child(inner, "consequent"), depth - 1) || has(child(inner, "alternate"), depth - 1);
      case "AwaitExpression":
        return has(child(inner, "argument"), depth - 1);
      case "ArrayExpression":
        return children(inner, "elements").some((part) =>
          has(part.type === "SpreadElement" ? child(part, "argument") : part, depth - 1),
        );
      case "AssignmentExpression":
        return has(child(inner, "right"), depth - 1);
      default:
        return false;
    }
  };

  const ofMember = (node: Node, depth: number): boolean => {
    const property = propertyName(node);
    if (property !== undefined && HARMLESS.has(property)) return false;
    return isEvent(source, objectOf(node)) ? property === "data" : has(objectOf(node), depth);
  };

  const ofCall = (node: Node, depth: number): boolean => {
    const callee = child(node, "callee");
    const [first] = argumentsOf(node);
    const text = `${nameOf(objectOf(callee)) === undefined ? "" : `${nameOf(objectOf(callee))}.`}${lastName(callee)}`;
    if (SAME.has(text)) return has(first, depth);
    const call = methodCall(node);
    if (call === undefined) return false;
    if (call.method === "decode" && /decoder/i.test(source.getText(call.object))) return has(first, depth);
    if (call.method === "map" || call.method === "flatMap")
      return isFunction(bare(first)) && results(bare(first)).some((result) => has(result, depth));
    return KEEPS.has(call.method) && has(call.object, depth);
  };

  const ofVariable = (variable: Variable | undefined, depth: number): boolean => {
    if (variable === undefined) return false;
    const answer = known.get(variable);
    if (answer !== undefined) return answer;
    known.set(variable, false);
    const found =
      variable.defs.some((definition) => ofDefinition(definition, depth)) ||
      writesOf(variable).some((write) => has(write, depth)) ||
      ofState(variable, depth);
    known.set(variable, found);
    return found;
  };

  const ofDefinition = (definition: Variable["defs"][number], depth: number): boolean => {
    if (definition.type === "Parameter") return ofParameter(definition.node, definition.name, depth);
    if (definition.type !== "Variable") return false;
    const pattern = child(definition.node, "id");
    const loop = definition.node.parent?.parent;
    if (loop?.type === "ForOfStatement" && child(loop, "left") === definition.node.parent) {
      const iterated = child(loop, "right");
      return has(iterated, depth) || (field(loop, "await") === true && isMessageStream(source, iterated));
    }
    if (pattern === definition.name) return false;
    return isEvent(source, child(definition.node, "init"))
      ? patternTakes(pattern, definition.name, "data")
      : has(child(definition.node, "init"), depth);
  };

  const ofParameter = (handler: Node, name: Node, depth: number): boolean => {
    if (!isFunction(handler)) return false;
    const index = parametersOf(handler).findIndex((one) => isWithin(name, one));
    if (index < 0) return false;
    const pattern = parameter(parametersOf(handler)[index]);
    const kind = handlerKind(source, handler);
    if (kind === "event") return index === 0 && pattern !== name && patternTakes(pattern, name, "data");
    if (kind === "data") return index === 0;
    if (kind === "socket.io") return true;
    return (
      listeningCalls(source, handler).some(
        ({ call, index: at }) =>
          at === 0 &&
          index === 0 &&
          EACH.has(methodCall(call)?.method ?? "") &&
          has(methodCall(call)?.object, depth),
      ) || calledWith(handler, index, depth)
    );
  };

  /** Whether a function of the file is called with message data at this place. */
  const calledWith = (handler: Node, index: number, depth: number): boolean =>
    usesOf(source, handler).some(
      (use) =>
        use.parent?.type === "CallExpression" &&
        bare(child(use.parent, "callee")) === use &&
        has(argumentsOf(use.parent)[index], depth),
    );

  /** `const [value, setValue] = useState()`, where a message is set somewhere. */
  const ofState = (variable: Variable, depth: number): boolean => {
    const definition = variable.defs[0];
    const pattern = child(definition?.node, "id");
    const init = bare(child(definition?.node, "init"));
    if (
      pattern?.type !== "ArrayPattern" ||
      init?.type !== "CallExpression" ||
      lastName(child(init, "callee")) !== "useState"
    )
      return false;
    const [value, setter] = children(pattern, "elements");
    if (value !== definition?.name) return false;
    const uses = variableOf(source, setter)?.references ?? [];
    return uses.some(({ identifier }) => {
      const call = identifier.parent;
      if (call?.type !== "CallExpression" || child(call, "callee") !== identifier) return false;
      const set = bare(argumentsOf(call)[0]);
      return isFunction(set) ? results(set).some((result) => has(result, depth)) : has(set, depth);
    });
  };

  return { has: (node) => has(node, DEPTH) };
}

/** What a function returns. */
function results(handler: Node | undefined): readonly Node[] {
  const body = child(handler, "body");
  if (body === undefined) return [];
  if (body.type !== "BlockStatement") return [body];
  return [...walk(body, false)]
    .filter(({ type }) => type === "ReturnStatement")
    .flatMap((statement) => child(statement, "argument") ?? []);
}

/** Whether a name in a pattern is in the property of that name. */
function patternTakes(pattern: Node | undefined, name: Node, property: string): boolean {
  return children(pattern, "properties").some(
    (one) =>
      one.type === "Property" &&
      nameOf(child(one, "key")) === property &&
      isWithin(name, child(one, "value") ?? one),
  );
}

/** Whether it is the event of a message: the first parameter of its listener. */
function isEvent(source: SourceCode, node: Node | undefined): boolean {
  const definition = variableOf(source, node)?.defs[0];
  return (
    definition?.type === "Parameter" &&
    isFunction(definition.node) &&
    parameter(parametersOf(definition.node)[0]) === definition.name &&
    handlerKind(source, definition.node) === "event"
  );
}

/** What a function gets when it listens for messages of a WebSocket: the event, the data, or everything that the peer emitted. */
export function handlerKind(source: SourceCode, handler: Node): "event" | "data" | "socket.io" | undefined {
  for (const use of usesOf(source, handler)) {
    const parent = use.parent;
    if (
      parent?.type === "AssignmentExpression" &&
      child(parent, "right") === use &&
      propertyName(child(parent, "left")) === "onmessage" &&
      isSocket(source, objectOf(child(parent, "left")))
    )
      return "event";
  }
  for (const { call, index } of listeningCalls(source, handler)) {
    const kind = index === 1 ? listenerKind(source, call, handler) : undefined;
    if (kind !== undefined) return kind;
  }
  return undefined;
}

function listenerKind(
  source: SourceCode,
  call: Node,
  handler: Node,
): "event" | "data" | "socket.io" | undefined {
  const listener = listenerOf(source, call);
  if (listener === undefined) return undefined;
  if (isSocketIoSocket(source, listener.target))
    return RESERVED.has(listener.event) ? undefined : "socket.io";
  if (listener.event !== "message" || !isSocket(source, listener.target) || isDatagram(handler))
    return undefined;
  return listener.method === "addEventListener" ? "event" : "data";
}

/** A UDP socket tells beside each message who sent it. */
function isDatagram(handler: Node): boolean {
  return /^(?:r|remote)(?:info|inf|)$|^rinfo$/i.test(nameOf(parametersOf(handler)[1]) ?? "");
}

/** `on(socket, "message")` of `node:events`. */
function isMessageStream(source: SourceCode, node: Node | undefined): boolean {
  const call = bare(node);
  return (
    call?.type === "CallExpression" &&
    lastName(child(call, "callee")) === "on" &&
    textOf(argumentsOf(call)[1]) === "message" &&
    isSocket(source, argumentsOf(call)[0])
  );
}
