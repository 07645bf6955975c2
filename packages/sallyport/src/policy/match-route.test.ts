import { describe, expect, it } from "vitest";
import { routeFixture } from "../../test/route-fixture.ts";
import { matchRoute } from "./match-route.ts";
import type { Route } from "./policy.ts";

function route(path: string, ...hosts: readonly string[]): Route {
  return routeFixture({ path, hosts });
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

  it.each(["/CHAT", "/Chat/x", "/chat/Private", "/chat/PRIVATE/x"])(
    "finds nothing for %s: an application that reads paths in any case would see what a longer route guards",
    (path) => {
      expect(matchRoute({ routes }, "other.test", path)).toBeNull();
      expect(matchRoute({ routes }, "app.example.com", path.replace("/chat/P", "/CHAT/P"))).toBeNull();
    },
  );

  it("keeps routes apart that differ by case alone, and paths below a route as they are", () => {
    const both = { routes: [route("/"), route("/Chat"), route("/chat")] };
    expect(matchRoute(both, "a.test", "/chat/X")?.id).toBe("/chat");
    expect(matchRoute(both, "a.test", "/Chat/x")?.id).toBe("/Chat");
    expect(matchRoute(both, "a.test", "/CHAT")).toBeNull();
  });

  it("finds nothing where no route serves the path or the host", () => {
    expect(matchRoute({ routes: [route("/chat")] }, "a.test", "/chatter")).toBeNull();
    expect(matchRoute({ routes: [route("/", "a.test")] }, "b.test", "/")).toBeNull();
  });
});
