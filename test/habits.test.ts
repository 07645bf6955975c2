import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { parseSync } from "oxc-parser";
import { describe, expect, it } from "vitest";

import { isNode, type Node, walk } from "./sources.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What a page tells of while it may be closing. */
const PAGE_EVENTS = new Set([
  "dialog",
  "download",
  "request",
  "requestfailed",
  "requestfinished",
  "response",
  "websocket",
]);
/** What a browser is asked for, and refuses once it closes. */
const ASKS = new Set([
  "accept",
  "allHeaders",
  "body",
  "dismiss",
  "finished",
  "headerValue",
  "json",
  "path",
  "serverAddr",
  "sizes",
  "text",
]);
/** What is done with a page, and fails where that closes. */
const ACTS = new Set(["click", "evaluate", "fill", "goto", "press", "reload", "type", "waitFor"]);
const EXPECTS = /^waitFor(?:Event|Request|Response|URL)$/;

/** Whom a call is made on, and by what name; the name alone where it is no method. */
function calleeOf({ type, callee }: Node): string {
  if (type !== "CallExpression" || !isNode(callee)) return "";
  const named = callee.type === "MemberExpression" ? callee["property"] : callee;
  return isNode(named) && typeof named["name"] === "string" ? named["name"] : "";
}

function argumentsOf(call: Node): readonly unknown[] {
  return Array.isArray(call["arguments"]) ? call["arguments"] : [];
}

/** What is heard of a page is noted at once: who asks for more then is refused while the browser closes, with nobody to hear it. */
function asksWhileItCloses(node: Node): boolean {
  if (!/^(?:on|once|addListener)$/.test(calleeOf(node))) return false;
  const [event, listener] = argumentsOf(node);
  if (!isNode(event) || !PAGE_EVENTS.has(String(event["value"])) || !isNode(listener)) return false;
  return [...walk(listener)].some((inner) => inner["async"] === true || ASKS.has(calleeOf(inner)));
}

/** What is done with a page is waited for. */
function isLetGo({ type, operator, argument }: Node): boolean {
  return (
    type === "UnaryExpression" && operator === "void" && isNode(argument) && ACTS.has(calleeOf(argument))
  );
}

/** What a page is to bring is waited for together with what brings it: that may fail before. */
function isWaitedForLater({ type, init }: Node): boolean {
  return type === "VariableDeclarator" && isNode(init) && EXPECTS.test(calleeOf(init));
}

/** What a page asks for is answered before it closes: an answer that comes later is refused, with nobody to hear it. */
function answersWhileItCloses(text: string): (node: Node) => boolean {
  const isEnded = /\.unrouteAll\(/.test(text);
  return (node) => {
    if (isEnded || calleeOf(node) !== "route") return false;
    return argumentsOf(node).some((handler) => isNode(handler) && /Function/.test(handler.type));
  };
}

/** Two messages may come in one piece, and both are told of in one turn: the second has gone by when it is waited for. */
function missesTheSecond(text: string): (node: Node) => boolean {
  const waits = (statement: unknown): string => {
    if (!isNode(statement) || statement.type !== "ExpressionStatement") return "";
    const { expression } = statement;
    if (!isNode(expression) || expression.type !== "AwaitExpression") return "";
    const call = expression["argument"];
    if (!isNode(call) || !/^(?:once|nextMessage)$/.test(calleeOf(call))) return "";
    const said = text.slice(Number(call["start"]), Number(call["end"]));
    return /^nextMessage|"(?:message|data)"/.test(said) ? said : "";
  };
  return ({ type, body }) =>
    type === "BlockStatement" &&
    Array.isArray(body) &&
    body.some(
      (statement, at) => at > 0 && waits(statement) !== "" && waits(statement) === waits(body[at - 1]),
    );
}

/** No file has one of those habits in which none of these words is. */
const SIGNS = new RegExp(
  [
    `"(?:${[...PAGE_EVENTS].join("|")})"`,
    String.raw`\bvoid\b[^;]*\.(?:${[...ACTS].join("|")})\(`,
    String.raw`\.route\(`,
    String.raw`\bwaitFor(?:Event|Request|Response|URL)\(`,
    String.raw`await (once|nextMessage)\([^)]*\);\s+await \1\(`,
  ].join("|"),
);

/** The habits of a file that fail now and then. */
function badHabits(path: string, text: string): string[] {
  if (!SIGNS.test(text)) return [];
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const habits = {
    "asks a page for more while it may close": asksWhileItCloses,
    "lets go what it does with a page": isLetGo,
    "waits later for what a page is to bring": isWaitedForLater,
    "answers a page while it may close": answersWhileItCloses(text),
    "waits for two messages, of which it may miss one": missesTheSecond(text),
  };
  return [...walk(program)].flatMap((node) =>
    Object.entries(habits).flatMap(([name, is]) => {
      if (!is(node)) return [];
      const line = text.slice(0, Number(node["start"])).split("\n").length;
      return [`${path}:${line} ${name}`];
    }),
  );
}

/** What is no source, and may come and go while tests run. */
const NO_SOURCE = /^(?:node_modules|dist|dashboard-.*)$/;

function testsBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NO_SOURCE.test(entry.name) ? [] : testsBelow(path);
    return /\.test\.ts$|(?:^|\/)test\/.*\.ts$/.test(path) ? [path] : [];
  });
}

const files = ["examples", "packages", "scripts", "test"].flatMap(testsBelow);

describe("tests", () => {
  it("have no habit that fails now and then", () => {
    expect(files.length).toBeGreaterThan(400);
    expect(files.flatMap((path) => badHabits(path, readFileSync(join(root, path), "utf8")))).toEqual([]);
  });

  it.each([
    [`page.on("response", (response) => void sizes.push(response.request().sizes()));`, "asks a page"],
    [`page.on("request", async (request) => seen.push(request.url()));`, "asks a page"],
    [`page.on("dialog", (dialog) => void dialog.accept());`, "asks a page"],
    [`void page.goto(url);`, "lets go"],
    [`const saved = page.waitForEvent("download");`, "waits later"],
    [`await page.route("**/state", (route) => route.fulfill({ json }));`, "answers a page"],
    [`{ await once(client, "message"); await once(client, "message"); }`, "waits for two messages"],
    [`{ await nextMessage(client); await nextMessage(client); }`, "waits for two messages"],
  ])("are seen to have one: %s", (text, name) => {
    expect(badHabits("a.ts", text)).toEqual([expect.stringContaining(`a.ts:1 ${name}`)]);
  });

  it.each([
    `page.on("request", (request) => seen.push(request.url()));`,
    `page.on("console", (message) => said.push(message.text()));`,
    `socket.on("message", async (data) => { await socket.send(data); });`,
    `await page.goto(url);`,
    `await page.route("**/a", (route) => route.fulfill({ json })); await page.unrouteAll({ behavior: "wait" });`,
    `const [saved] = await Promise.all([page.waitForEvent("download"), page.click("a")]);`,
    `{ await once(client, "ping"); await once(client, "ping"); }`,
    `{ await nextMessage(one); client.send("x"); await nextMessage(one); }`,
  ])("are not taken to have one: %s", (text) => {
    expect(badHabits("a.ts", text)).toEqual([]);
  });
});
