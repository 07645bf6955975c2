import { describe, expect, it } from "vitest";
import { matchRoute } from "./match-route.ts";
import { routeId, type Route } from "./policy.ts";

function route(path: string, ...hosts: readonly string[]): Route {
  const upstream = {
    kind: "tcp",
    secure: false,
    host: "127.0.0.1",
    port: 1,
    socketPath: null,
    pathPrefix: "",
    ca: null,
    timeoutMs: 1,
    text: "",
  } as const;
  return {
    id: routeId({ hosts, path }),
    hosts,
    path,
    upstream,
    http: "refuse",
    guards: [],
    identityName: "anonymous",
  };
}

const routes = [
  route("/"),
  route("/chat"),
  route("/chat/private"),
  route("/", "*.example.com"),
  route("/chat", "app.example.com", "b.example.com"),
];

describe("matchRoute", () => {
  it.each([
    ["other.test", "/", "/"],
    ["other.test", "/chat", "/chat"],
    ["other.test", "/chat/x", "/chat"],
    ["other.test", "/chatter", "/"],
    ["other.test", "/chat/private/x", "/chat/private"],
    ["x.example.com", "/chat/private", "*.example.com/"],
    ["app.example.com", "/chat/private", "app.example.com,b.example.com/chat"],
    ["b.example.com", "/chat", "app.example.com,b.example.com/chat"],
    ["app.example.com", "/x", "*.example.com/"],
    ["example.com", "/", "/"],
    ["a.b.example.com", "/", "/"],
    [".example.com", "/", "/"],
  ])("serves %s%s by %s", (host, path, id) => {
    expect(matchRoute({ routes }, host, path)?.id).toBe(id);
    expect(matchRoute({ routes: routes.toReversed() }, host, path)?.id).toBe(id);
  });

  it("finds nothing where no route serves the path or the host", () => {
    expect(matchRoute({ routes: [route("/chat")] }, "a.test", "/chatter")).toBeNull();
    expect(matchRoute({ routes: [route("/", "a.test")] }, "b.test", "/")).toBeNull();
  });
});
