import { describe, expect, it } from "vitest";
import { guardServer, openRoute, wsApplication } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens } from "./test-tokens.ts";

/** Plain requests beside a WebSocket. */
export function describePlainHttp({ host, identityOnRequest, leavesOtherPaths }: HostOptions): void {
  describe("plain HTTP", () => {
    it("is refused by default: 403 or 426, and never reaches the application", async () => {
      const { server, requests } = wsApplication();
      const guarded = await guardServer(host, server);
      const response = await fetch(`${guarded.url}/chat`);
      expect(response.status).toBe(
        (await guarded.seen("handshake", ({ code }) => code === "handshake.plain-http")).status,
      );
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toContain("plain");
      expect(requests).toHaveLength(0);
    });

    it("goes on where the route says forward, and the application knows the caller", async () => {
      const tokens = await createTokens();
      const { server, requests } = wsApplication();
      const guarded = await guardServer(host, server, {
        routes: [{ path: "/", identity: tokens.identity, http: "forward" }],
      });
      expect((await fetch(guarded.url)).status).toBe(401);
      const headers = { authorization: `Bearer ${await tokens.sign("ada")}`, "sallyport-identity": "forged" };
      const response = await fetch(`${guarded.url}/page?a=b`, {
        method: "POST",
        body: "x".repeat(100_000),
        headers,
      });
      expect([response.status, await response.text()]).toEqual([200, "plain"]);
      expect(requests).toHaveLength(1);
      expect(requests[0]?.url).toBe("/page?a=b");
      expect(requests[0]?.headers["sallyport-identity"]).toMatch(/^ey/);
      expect(requests[0]?.sallyport?.identity.user).toBe(identityOnRequest ? "ada" : undefined);
    });

    it("refuses the long-polling twin of a WebSocket even where it goes on", async () => {
      const { server, requests } = wsApplication();
      const guarded = await guardServer(host, server, { routes: [{ ...openRoute, http: "forward" }] });
      const response = await fetch(`${guarded.url}/socket.io/?EIO=4&transport=polling`);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(requests).toHaveLength(0);
    });

    const elsewhere = leavesOtherPaths ? "is the application's own" : "is refused: 404";
    it(`to a path without a route ${elsewhere}; however a guarded path is spelt, it is guarded`, async () => {
      const { server, requests } = wsApplication();
      const guarded = await guardServer(host, server, { routes: [{ ...openRoute, path: "/chat" }] });
      const other = await fetch(`${guarded.url}/other`, { headers: { "sallyport-identity": "own" } });
      expect(other.status).toBe(leavesOtherPaths ? 200 : 404);
      expect(requests).toHaveLength(leavesOtherPaths ? 1 : 0);
      const passed: string[] = [];
      for (const path of ["/chat", "/chat/x", "/%63hat", "/CHAT", "/other/%2e%2e/chat", "//chat"])
        if ((await fetch(`${guarded.url}${path}`)).ok) passed.push(path);
      expect(passed).toEqual([]);
      expect(requests).toHaveLength(leavesOtherPaths ? 1 : 0);
    });

    it("is answered by the gate itself below /.sallyport/", async () => {
      const { server, requests } = wsApplication();
      const guarded = await guardServer(host, server, { routes: [{ ...openRoute, http: "forward" }] });
      const statuses = [];
      for (const name of ["live", "ready", "jwks.json", "else"])
        statuses.push((await fetch(`${guarded.url}/.sallyport/${name}`)).status);
      expect(statuses).toEqual([200, 200, 200, 404]);
      expect(requests).toHaveLength(0);
    });
  });
}
