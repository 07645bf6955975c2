import { describe, expect, it } from "vitest";
import { splitCommand } from "./split-command.ts";

describe("splitCommand", () => {
  it.for([
    ["node my-client.js {url}", ["node", "my-client.js", "{url}"]],
    ["  a   b ", ["a", "b"]],
    [`"C:/Program Files/x" 'it is' --a="b c"d`, ["C:/Program Files/x", "it is", "--a=b cd"]],
    [String.raw`"a\"b" '\n' ""`, ['a"b', String.raw`\n`, ""]],
  ] as const)("splits %j at spaces, with quotes", ([text, words]) => {
    expect(splitCommand(text)).toEqual(words);
  });

  it.for(["", "  "])("refuses %j, in which no command is", (text) => {
    expect(() => splitCommand(text)).toThrow("a command is expected");
  });

  it.for(["node 'x", 'node "x', `node a'b`])("refuses %j, a quote of which has no end", (text) => {
    expect(() => splitCommand(text)).toThrow("has no end");
  });
});
