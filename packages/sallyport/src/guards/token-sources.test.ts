import { describe, expect, it } from "vitest";
import { HeaderList } from "../protocol/header-list.ts";
import type { HandshakeRequest } from "./guard.ts";
import { findPresentedTokens } from "./token-sources.ts";

function request(parts: { headers?: string[]; query?: string; subprotocols?: string[] }): HandshakeRequest {
  return {
    kind: "websocket",
    method: "GET",
    path: "/",
    query: parts.query ?? "",
    host: "app.example.com",
    headers: new HeaderList(parts.headers ?? []),
    address: "127.0.0.1",
    secure: true,
    subprotocols: parts.subprotocols ?? [],
    listener: { loopback: true, secure: true, port: 1, names: [] },
    certificate: null,
  };
}

const everywhere = { cookies: ["session"], queryParameters: ["access_token"] };
const nowhere = { cookies: [], queryParameters: [] };

describe("findPresentedTokens", () => {
  it("finds nothing where nothing is", () => {
    expect(findPresentedTokens(request({}), everywhere)).toEqual([]);
  });

  it.each(["Bearer abc", "bearer  abc", "BEARER\tabc "])("reads %j (RFC 6750 2.1)", (value) => {
    const found = findPresentedTokens(request({ headers: ["Authorization", value] }), nowhere);
    expect(found).toEqual([{ source: "authorization", token: "abc" }]);
  });

  it("takes Bearer without a token as an empty token that was presented", () => {
    const found = findPresentedTokens(request({ headers: ["Authorization", "Bearer"] }), nowhere);
    expect(found).toEqual([{ source: "authorization", token: "" }]);
  });

  it("does not take another scheme for a token", () => {
    expect(findPresentedTokens(request({ headers: ["Authorization", "Basic YTpi"] }), nowhere)).toEqual([]);
    expect(findPresentedTokens(request({ headers: ["Authorization", "Bearerabc"] }), nowhere)).toEqual([]);
  });

  it("counts every Authorization field beside a bearer token", () => {
    const headers = ["Authorization", "Basic YTpi", "authorization", "Bearer abc"];
    expect(findPresentedTokens(request({ headers }), nowhere)).toHaveLength(2);
  });

  it("reads every subprotocol entry that carries a token", () => {
    const subprotocols = ["chat", "sallyport.token.abc", "sallyport.token."];
    expect(findPresentedTokens(request({ subprotocols }), nowhere)).toEqual([
      { source: "subprotocol", token: "abc" },
      { source: "subprotocol", token: "" },
    ]);
  });

  it("looks at cookies only when it is told a name", () => {
    const headers = ["Cookie", "session=abc"];
    expect(findPresentedTokens(request({ headers }), nowhere)).toEqual([]);
    expect(findPresentedTokens(request({ headers }), everywhere)).toEqual([
      { source: "cookie", token: "abc", name: "session" },
    ]);
  });

  it("finds the cookie among others, quoted, and every one of that name", () => {
    const headers = [
      "Cookie",
      'sessio; sessionx; asession=no; session = "abc" ; x="session=no',
      "cookie",
      "session=d=e",
    ];
    expect(findPresentedTokens(request({ headers }), everywhere).map(({ token }) => token)).toEqual([
      "abc",
      "d=e",
    ]);
  });

  it("looks at the query only when it is told a parameter", () => {
    const query = "room=1&access_token=abc&access%5Ftoken=def";
    expect(findPresentedTokens(request({ query }), nowhere)).toEqual([]);
    expect(findPresentedTokens(request({ query }), everywhere)).toEqual([
      { source: "query", token: "abc", name: "access_token" },
      { source: "query", token: "def", name: "access_token" },
    ]);
  });
});
