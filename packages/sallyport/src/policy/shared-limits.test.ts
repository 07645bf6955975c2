import { describe, expect, it } from "vitest";
import type { RouteConfig } from "./effective-config.ts";
import { sharedLimits } from "./shared-limits.ts";

const route = (path: string, guards: Readonly<Record<string, unknown>>): RouteConfig => ({
  path,
  hosts: [],
  upstream: { text: "ws://127.0.0.1:1" } as RouteConfig["upstream"],
  http: "refuse",
  compression: "off",
  journal: null,
  guards,
});

const connectionLimit = {
  mode: "enforce",
  total: 10_000,
  perAddress: 100,
  perUser: undefined,
  handshakesPerAddress: 20,
  authenticateWithin: 10_000,
};
const messageRate = { mode: "observe", perConnection: 200, burst: null, perUser: 0.5, rules: [] };

describe("sharedLimits", () => {
  it("says what is counted over all nodes, as it is written, and nothing of what each counts alone", () => {
    expect(
      sharedLimits({ routes: [route("/a", { connectionLimit, messageRate }), route("/b", {})] }),
    ).toEqual({
      "/a": "connectionLimit mode enforce, total 10000, perAddress 100, handshakesPerAddress 20/s; messageRate mode observe, perUser 30/m",
      "/b": "connectionLimit off; messageRate off",
    });
  });

  it("says the same of the same routes, and another thing of others, however many they are", () => {
    const many = (total: number): Readonly<Record<string, string>> =>
      sharedLimits({
        routes: Array.from({ length: 1000 }, (_, index) =>
          route(`/${index}`, { connectionLimit: { ...connectionLimit, total } }),
        ),
      });
    expect(many(1)).toEqual(many(1));
    expect(many(1)).not.toEqual(many(2));
    expect(JSON.stringify(many(1)).length).toBeLessThan(100);
    const long = sharedLimits({ routes: [route(`/${"x".repeat(600)}`, {})] });
    expect(Object.keys(long)).toEqual(["all routes"]);
  });
});
