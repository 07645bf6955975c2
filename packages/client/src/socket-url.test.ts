import { describe, expect, it, vi } from "vitest";
import { parseProtocols, parseSocketUrl } from "./socket-url.ts";

const nameOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return error instanceof DOMException ? error.name : "something else";
  }
  return "nothing";
};

describe("parseSocketUrl", () => {
  it.each([
    ["wss://app.example.com/chat?a=1", "wss://app.example.com/chat?a=1"],
    ["https://app.example.com/chat", "wss://app.example.com/chat"],
    ["ws://localhost:8080/", "ws://localhost:8080/"],
    ["ws://chat.localhost/", "ws://chat.localhost/"],
    ["ws://127.3.2.1:9/", "ws://127.3.2.1:9/"],
    ["ws://[::1]:9/", "ws://[::1]:9/"],
    ["http://127.0.0.1/", "ws://127.0.0.1/"],
  ])("accepts %s", (address, href) => {
    expect(parseSocketUrl(address).href).toBe(href);
  });

  it.each([
    ["ws://app.example.com/", "SecurityError"],
    ["http://app.example.com/", "SecurityError"],
    ["ws://localhost.example.com/", "SecurityError"],
    ["ws://127.0.0.1.example.com/", "SecurityError"],
    ["ws://notlocalhost/", "SecurityError"],
    ["ws://10.0.0.1/", "SecurityError"],
    ["ftp://localhost/", "SyntaxError"],
    ["wss://app.example.com/#top", "SyntaxError"],
    ["wss://user:secret@app.example.com/", "SyntaxError"],
    ["/chat", "SyntaxError"],
    ["", "SyntaxError"],
  ])("refuses %s: %s", (address, name) => {
    expect(nameOf(() => parseSocketUrl(address))).toBe(name);
  });

  it("resolves against the page, where there is one", () => {
    vi.stubGlobal("location", { href: "https://app.example.com/a/b" });
    expect(parseSocketUrl("/chat").href).toBe("wss://app.example.com/chat");
    vi.stubGlobal("document", { baseURI: "https://base.example.com/" });
    expect(parseSocketUrl("chat").href).toBe("wss://base.example.com/chat");
    vi.unstubAllGlobals();
  });
});

describe("parseProtocols", () => {
  it("makes a list of tokens (RFC 6455 4.1)", () => {
    expect(parseProtocols("graphql-transport-ws")).toEqual(["graphql-transport-ws"]);
    expect(parseProtocols([])).toEqual([]);
  });

  it.each([[["a", "a"]], [["a b"]], [""], ["sallyport.v1"], ["Sallyport.Ticket.x"], [["ü"]]])(
    "refuses %j",
    (protocols) => {
      expect(nameOf(() => parseProtocols(protocols))).toBe("SyntaxError");
    },
  );
});
