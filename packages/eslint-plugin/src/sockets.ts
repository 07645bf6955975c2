import {
  ancestors,
  argumentsOf,
  bare,
  child,
  dotted,
  isFunction,
  lastName,
  methodCall,
  nameOf,
  propertyName,
  objectOf,
  textOf,
  type Node,
} from "./ast.ts";
import type { SourceCode } from "./rule.ts";
import { importOf, parameter, parametersOf, resolve, variableOf, writesOf } from "./variables.ts";

/** Constructors of sockets, by their name. */
const CONSTRUCTOR = /(?:WebSocket|^SockJS|^WS|PartySocket)$/;
/** Names that nothing but a WebSocket has. */
const SOCKET_NAME =
  /^#?_?(?:ws|sock|socket|websocket|webSocket|\w*(?:Ws|WS|WebSocket|Websocket)|(?:ws|web[sS]ocket)(?:Client|Connection|Conn)?|\w+Socket)$/;
/** Those that look so and are none. */
const OTHER_NAME = /^#?_?(?:(?:udp|tcp|net|tls|raw|zmq|dgram|unix|ipc|datagram|http|https)\w*|httpWs)$/i;
const SERVER_NAME =
  /^#?_?(?:wss|\w*(?:WebSocketServer|WebsocketServer|WsServer|WSServer|Wss|WSS)|(?:ws|websocket|webSocket|socket)Server)$/;
const LISTEN = new Set(["on", "addListener", "once", "prependListener", "addEventListener"]);
/** Modules that make a client of Socket.IO. */
const SOCKET_IO_CLIENT = new Set(["socket.io-client"]);

/** Whether it is `new WebSocketServer(…)` of `ws`, or of what says to be one. */
export function isServerConstruction(source: SourceCode, node: Node | undefined): boolean {
  const made = bare(node);
  if (made?.type !== "NewExpression") return false;
  const callee = bare(child(made, "callee"));
  const name = lastName(callee);
  if (name === "WebSocketServer" || name === "WSServer") {
    const from = importOf(source, nameOf(callee) === undefined ? objectOf(callee) : callee);
    return from === undefined || /(?:^|\/)(?:ws|isomorphic-ws)$/.test(from[0]);
  }
  const [module, imported] = importOf(source, nameOf(callee) === undefined ? objectOf(callee) : callee) ?? [];
  return (
    (module === "ws" || module === "isomorphic-ws") &&
    name !== undefined &&
    (name === "Server" || imported === "Server" || imported === "WebSocketServer")
  );
}

/** Whether it is `new Server(…)` of Socket.IO, or `require("socket.io")(…)`. */
export function isSocketIoServer(source: SourceCode, node: Node | undefined): boolean {
  const made = bare(node);
  if (made?.type !== "NewExpression" && made?.type !== "CallExpression") return false;
  const callee = bare(child(made, "callee"));
  if (callee?.type === "CallExpression")
    return nameOf(child(callee, "callee")) === "require" && textOf(argumentsOf(callee)[0]) === "socket.io";
  const from = importOf(source, nameOf(callee) === undefined ? objectOf(callee) : callee);
  if (from?.[0] !== "socket.io") return false;
  const name = nameOf(callee) === undefined ? propertyName(callee) : from[1];
  return name === "Server" || (from[1] !== "Server" && (name === "default" || name === "*"));
}

/** Whether it is a WebSocket server by what was assigned to it, or by its name where that is not seen. */
export function isServer(source: SourceCode, node: Node | undefined): boolean {
  const inner = bare(node);
  const found = resolve(source, inner);
  if (found?.type === "NewExpression") return isServerConstruction(source, found);
  if (found?.type === "CallExpression") return false;
  return SERVER_NAME.test(lastName(inner) ?? "");
}

/** A call that adds a listener: on what, to which event, and the function where it is seen. */
export function listenerOf(
  source: SourceCode,
  node: Node,
):
  | {
      readonly target: Node;
      readonly event: string;
      readonly method: string;
      readonly handler: Node | undefined;
    }
  | undefined {
  const call = methodCall(node);
  const event = textOf(call?.args[0]);
  if (call === undefined || event === undefined || !LISTEN.has(call.method)) return undefined;
  return { target: call.object, event, method: call.method, handler: handlerOf(source, call.args[1]) };
}

/** The function that an argument is or names; through `.bind(…)` too. */
export function handlerOf(source: SourceCode, node: Node | undefined): Node | undefined {
  const bound = methodCall(node);
  const found = resolve(source, bound?.method === "bind" ? bound.object : node);
  return isFunction(found) ? found : undefined;
}

/** The calls that a function is the listener of, written in place or by its name. */
export function listeningCalls(
  source: SourceCode,
  handler: Node,
): readonly { readonly call: Node; readonly index: number }[] {
  return usesOf(source, handler).flatMap((use) => {
    let place = use;
    let call = use.parent;
    if (
      call?.type === "MemberExpression" &&
      propertyName(call) === "bind" &&
      call.parent?.type === "CallExpression"
    ) {
      place = call.parent;
      call = place.parent;
    }
    if (call?.type !== "CallExpression") return [];
    const index = argumentsOf(call).indexOf(place);
    return index < 0 ? [] : [{ call, index }];
  });
}

/** Where a function stands as a value: itself, or each use of its name. */
export function usesOf(source: SourceCode, handler: Node): readonly Node[] {
  const named =
    handler.type === "FunctionDeclaration"
      ? child(handler, "id")
      : handler.parent?.type === "VariableDeclarator"
        ? child(handler.parent, "id")
        : undefined;
  const variable = variableOf(source, named);
  return variable === undefined
    ? [handler]
    : variable.references.map(({ identifier }) => identifier).filter((one) => one !== named);
}

/** Whether an identifier is the first parameter of a listener of `connection` on a server that the test accepts. */
export function isConnectionParameter(
  source: SourceCode,
  node: Node,
  accepts: (server: Node) => boolean,
): boolean {
  const definition = variableOf(source, node)?.defs[0];
  if (definition?.type !== "Parameter" || !isFunction(definition.node)) return false;
  if (parameter(parametersOf(definition.node)[0]) !== definition.name) return false;
  return listeningCalls(source, definition.node).some(({ call }) => {
    const listener = listenerOf(source, call);
    return (
      listener !== undefined &&
      (listener.event === "connection" || listener.event === "connect") &&
      accepts(listener.target)
    );
  });
}

/** Whether it is a Socket.IO server, or something from `.of(…)` of one, or is called `io`. */
export function isSocketIo(source: SourceCode, node: Node | undefined): boolean {
  const found = resolve(source, node);
  const call = methodCall(found);
  if (call !== undefined && (call.method === "of" || call.method === "use"))
    return isSocketIo(source, call.object);
  if (found?.type === "NewExpression" || found?.type === "CallExpression")
    return isSocketIoServer(source, found);
  return /^#?_?io$/.test(lastName(node) ?? "");
}

/** Whether it is a socket of Socket.IO, on either side. */
export function isSocketIoSocket(source: SourceCode, node: Node | undefined): boolean {
  const inner = bare(node);
  if (inner === undefined) return false;
  const found = resolve(source, inner);
  if (found?.type === "CallExpression") {
    const callee = child(found, "callee");
    return SOCKET_IO_CLIENT.has(
      importOf(source, nameOf(callee) === undefined ? objectOf(callee) : callee)?.[0] ?? "",
    );
  }
  return isConnectionParameter(source, inner, (server) => isSocketIo(source, server));
}

/** Whether it is a WebSocket: made by a constructor of one, handed to a listener of `connection`, or called as only one is. */
export function isSocket(source: SourceCode, node: Node | undefined): boolean {
  const inner = bare(node);
  if (inner === undefined) return false;
  if (inner.type === "ThisExpression") return extendsSocket(inner);
  const variable = variableOf(source, inner);
  const writes = variable === undefined ? [] : writesOf(variable);
  const made = writes.filter((write) => write.type === "NewExpression" || write.type === "CallExpression");
  if (made.some((write) => isSocketConstruction(write))) return true;
  if (inner.type === "NewExpression") return isSocketConstruction(inner);
  if (made.length > 0) return false;
  const name = lastName(inner) ?? "";
  return (
    (SOCKET_NAME.test(name) && !OTHER_NAME.test(name)) ||
    isConnectionParameter(source, inner, (server) => isServer(source, server) || isSocketIo(source, server))
  );
}

/** Whether it is `new WebSocket(…)`, or `new` of a class that is called one. */
export function isSocketConstruction(node: Node | undefined): boolean {
  const made = bare(node);
  return (
    made?.type === "NewExpression" &&
    CONSTRUCTOR.test(lastName(child(made, "callee")) ?? "") &&
    !/Server/.test(dotted(child(made, "callee")) ?? "")
  );
}

function extendsSocket(node: Node): boolean {
  const owner = [...ancestors(node)].find(
    ({ type }) => type === "ClassDeclaration" || type === "ClassExpression",
  );
  return CONSTRUCTOR.test(lastName(child(owner, "superClass")) ?? "");
}
