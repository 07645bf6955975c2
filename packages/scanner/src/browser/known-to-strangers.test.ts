import { describe, expect, it } from "vitest";
import { knownToStrangers, type Opening } from "./known-to-strangers.ts";

const plain: Opening = { url: "wss://app.example.com/chat", subprotocols: [], messages: [] };
const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.x1";
const UUID = "0b9cf3f2-7f0e-4d3b-9a51-2f6d8c1e4a77";

describe("knownToStrangers", () => {
  it("leaves alone what anybody can know", () => {
    const opening = {
      url: "wss://app.example.com/rooms/general-2026/socket.io/?EIO=4&transport=websocket&lang=de",
      subprotocols: ["graphql-transport-ws", "chat.v1"],
      messages: ['{"type":"subscribe","room":"general"}', "40"],
    };
    expect(knownToStrangers(opening, null)).toEqual({ ...opening, without: [], isSecretPath: false });
  });

  it("takes tickets and tokens out of the query and the subprotocols", () => {
    const url = `wss://app.example.com/chat?ticket=abc&v=${UUID}&room=7`;
    expect(knownToStrangers({ ...plain, url, subprotocols: ["chat.v1", TOKEN] }, null)).toEqual({
      url: "wss://app.example.com/chat?room=7",
      subprotocols: ["chat.v1"],
      messages: [],
      without: ["the query's ticket", "the query's v", "a subprotocol"],
      isSecretPath: false,
    });
  });

  it.for([
    ["a member with a telling name", '{"type":"auth","token":"abc"}'],
    ["something that chance made", `{"type":"hello","key":"${UUID}"}`],
    ["a token without any JSON", `LOGIN ${TOKEN}`],
    ["Socket.IO's credentials", `40{"jwt":"${TOKEN}"}`],
    ["JSON too deep to be looked into", `${"[".repeat(100)}1${"]".repeat(100)}`],
  ] as const)("says no message from the first on that holds a secret: %s", ([, message]) => {
    const { messages, without } = knownToStrangers({ ...plain, messages: ["hi", message, "there"] }, null);
    expect(messages).toEqual(["hi"]);
    expect(without).toEqual(["the page's message 2 and what follows it"]);
  });

  it("takes the id that a client makes up for a message for no secret", () => {
    const messages = [`{"id":"${UUID}","type":"subscribe"}`];
    expect(knownToStrangers({ ...plain, messages }, null).messages).toEqual(messages);
  });

  it("takes for no secret what a page without a login has as well", () => {
    const opening = {
      url: `wss://app.example.com/${UUID}?key=${UUID}`,
      subprotocols: [TOKEN],
      messages: [`{"api_key":"${UUID}"}`],
    };
    expect(knownToStrangers(opening, opening).without).toEqual([]);
    const other = { ...opening, url: `wss://app.example.com/other?key=else` };
    expect(knownToStrangers(opening, other)).toMatchObject({
      isSecretPath: true,
      without: ["the query's key", "a part of the path"],
    });
  });

  it("knows the path that a client of SockJS makes up", () => {
    const url = "wss://app.example.com/echo/123/abcdefgh12345678/websocket";
    expect(knownToStrangers({ ...plain, url }, null).isSecretPath).toBe(false);
  });
});
