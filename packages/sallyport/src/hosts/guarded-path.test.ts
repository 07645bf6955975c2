import { describe, expect, it } from "vitest";
import { mayBeGuarded } from "./guarded-path.ts";

describe("mayBeGuarded", () => {
  it.each([
    "/chat",
    "/chat?a=b",
    "/chat/x",
    "/chat;v=1",
    "/CHAT",
    "//chat",
    "\\chat",
    "/%63hat",
    "/x/../chat",
    "/chat/../x",
    "/a%2fb/../chat",
    "/%63hat/%zz",
    "//host/chat",
    "/x/%2e%2e/chat",
    "http://host/chat",
  ])("finds the guarded path in %s", (target) => {
    expect(mayBeGuarded(target, ["/chat"])).toBe(true);
  });

  it.each(["http://host:99999/chat", "http://@/chat", "http:///chat", "http://%zz/chat", "x://[/chat?y"])(
    "finds it behind an authority that the URL Standard refuses or reads otherwise, and url.parse does not: %s",
    (target) => {
      expect(mayBeGuarded(target, ["/chat"])).toBe(true);
    },
  );

  it.each([
    "/x/..%2fchat",
    "/x%2f..%2Fchat",
    "/x/..%5cchat",
    "/ch%09at",
    "/chat%3Fx",
    "/chat%23",
    "/chat%00",
  ])("finds it where it appears once escapes are decoded: %s", (target) => {
    expect(mayBeGuarded(target, ["/chat"])).toBe(true);
  });

  it.each(["/chat\u00a0", "/chat\t", "\u00a0/chat"])(
    "finds it beside what url.parse takes for space, which lenient parsers let through: %j",
    (target) => {
      expect(mayBeGuarded(target, ["/chat"])).toBe(true);
    },
  );

  it.each(["/", "/chatter", "/x/chat", "*", "http://chat/x", "/x?/chat", "/caf%C3%A9", "/%zz"])(
    "leaves %s to the application",
    (target) => {
      expect(mayBeGuarded(target, ["/chat"])).toBe(false);
    },
  );

  it("finds a path of a route that is written with escapes, in their every spelling", () => {
    for (const target of ["/caf%C3%A9", "/caf%c3%a9/x", "/x/../caf%C3%A9", "/caf\u00c3\u00a9"])
      expect([target, mayBeGuarded(target, ["/caf%C3%A9"])]).toEqual([target, true]);
  });

  it("guards everything where a route has the path /", () => {
    expect(mayBeGuarded("*", ["/"])).toBe(true);
  });
});
