import { describe, expect, it, vi } from "vitest";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { skipAhead } from "../skip-ahead.ts";
import { closed, guardServer, openClient, wsApplication, type GuardedServer } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens, type TestTokens } from "./test-tokens.ts";

const PAGE = "https://app.example.com";

interface Ticketed {
  readonly ticket: string;
  readonly session: string;
  readonly refreshSecret: string;
  readonly expiresAt: string;
  readonly refreshAt: string;
}

interface Scene {
  readonly guarded: GuardedServer;
  readonly application: ReturnType<typeof wsApplication>;
  readonly tokens: TestTokens;
}

/** POSTs to the gate as a script of the page does. */
function post(
  { guarded }: Scene,
  name: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${guarded.url}/.sallyport/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Sallyport-Request": "1", Origin: PAGE, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function ticketIn(response: Response): Promise<Ticketed> {
  // What it holds is what the tests look at.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return (await response.json()) as Ticketed;
}

/** A ticket for a user, by way of a fresh token. @param lifeS seconds that the token lives */
async function ticketFor(scene: Scene, user: string, lifeS = 600): Promise<Ticketed> {
  const token = await scene.tokens.sign(user, Math.floor(Date.now() / 1000) + lifeS);
  const response = await post(scene, "ticket", { route: "/chat" }, { Authorization: `Bearer ${token}` });
  expect(response.status).toBe(200);
  return await ticketIn(response);
}

const redeem = ({ guarded }: Scene, ticket: string, origin = PAGE): ReturnType<typeof openClient> =>
  openClient(`${guarded.wsUrl}/chat`, { protocols: [`sallyport.ticket.${ticket}`, "sallyport.v1"], origin });

/** POSTs a refresh with a fresh token of a user. */
async function refresh(here: Scene, body: unknown, user: string, lifeS = 600): Promise<Response> {
  const token = await here.tokens.sign(user, Math.floor(Date.now() / 1000) + lifeS);
  return await post(here, "refresh", body, { Authorization: `Bearer ${token}` });
}

/** One-time tickets, refresh in place and revocation. */
export function describeTickets({ host }: HostOptions): void {
  async function scene(route: Partial<AttachRouteInput> = {}): Promise<Scene> {
    const tokens = await createTokens();
    const application = wsApplication();
    const routes = [{ path: "/chat", identity: tokens.identity, origin: { allow: [PAGE] }, ...route }];
    return { tokens, application, guarded: await guardServer(host, application.server, { routes }) };
  }

  describe("tickets", () => {
    it("issues one for whoever the token proves the caller to be, and lets it open one connection", async () => {
      const here = await scene();
      const issued = await ticketFor(here, "ada");
      expect(Date.parse(issued.refreshAt)).toBeLessThan(Date.parse(issued.expiresAt));
      const client = await redeem(here, issued.ticket);
      expect(client.protocol).toBe("sallyport.v1");
      expect(await here.guarded.seen("open")).toMatchObject({ user: "ada", session: issued.session });
      await expect(redeem(here, issued.ticket)).rejects.toThrow("status 403");
      expect(await here.guarded.seen("handshake")).toMatchObject({ code: "ticket.invalid" });
    });

    it("announces the application's own heartbeat beside it, where the route says one", async () => {
      const heartbeat = { interval: "5s", timeout: "2s", message: "ping", answer: "pong" };
      const announces = await scene({ ticket: { heartbeat } });
      const told = { intervalMs: 5000, timeoutMs: 2000, message: "ping", answer: "pong" };
      expect(await ticketFor(announces, "ada")).toMatchObject({ heartbeat: told });
      expect(await ticketFor(await scene(), "ada")).not.toHaveProperty("heartbeat");
    });

    it("takes one from the query too, and shows it to nobody", async () => {
      const here = await scene();
      const { ticket } = await ticketFor(here, "ada");
      await openClient(`${here.guarded.wsUrl}/chat?a=1&sallyport-ticket=${ticket}`, { origin: PAGE });
      const [request] = here.application.requests;
      expect(request?.url).toBe("/chat?a=1");
      expect(JSON.stringify(request?.rawHeaders)).not.toContain(ticket);
      expect(JSON.stringify(here.guarded.events)).not.toContain(ticket);
    });

    it("lets one of a thousand redemptions at once through", async () => {
      const here = await scene({ connectionLimit: "off" });
      const { ticket } = await ticketFor(here, "ada");
      const tries = await Promise.allSettled(Array.from({ length: 1000 }, () => redeem(here, ticket)));
      expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    it.each([
      ["from another page", "https://evil.example.com", "origin.foreign"],
      ["without an Origin", undefined, "ticket.invalid"],
    ])("refuses one %s", async (_name, origin, code) => {
      const here = await scene();
      const { ticket } = await ticketFor(here, "ada");
      const options = {
        protocols: [`sallyport.ticket.${ticket}`, "sallyport.v1"],
        ...(origin === undefined ? {} : { origin }),
      };
      await expect(openClient(`${here.guarded.wsUrl}/chat`, options)).rejects.toThrow("status 403");
      expect(await here.guarded.seen("handshake")).toMatchObject({ code });
    });

    it("refuses one that waited longer than it lives, and one that nobody issued", async () => {
      const here = await scene({ ticket: { life: "1s" } });
      const { ticket } = await ticketFor(here, "ada");
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1001 });
      await expect(redeem(here, ticket)).rejects.toThrow("status 403");
      vi.useRealTimers();
      await expect(redeem(here, "A".repeat(43))).rejects.toThrow("status 403");
    });

    it("with `require`, refuses a page with a cookie or a token, and lets a client with a token of its own in", async () => {
      const here = await scene({ ticket: "require" });
      const token = await here.tokens.sign("ada");
      const headers = { Authorization: `Bearer ${token}` };
      await expect(openClient(`${here.guarded.wsUrl}/chat`, { origin: PAGE, headers })).rejects.toThrow(
        "status 403",
      );
      expect(await here.guarded.seen("handshake")).toMatchObject({ code: "ticket.required" });
      await openClient(`${here.guarded.wsUrl}/chat`, { headers });
      await redeem(here, (await ticketFor(here, "ada")).ticket);
    });

    it.each([
      ["without `Sallyport-Request` (CWE-352)", { "Sallyport-Request": "0" }, "ticket.header", 403],
      ["from a foreign page (CWE-1385)", { Origin: "https://evil.example.com" }, "origin.foreign", 403],
      ["from a page without an origin", { Origin: "null" }, "origin.foreign", 403],
      ["that a form sends", { "Sec-Fetch-Dest": "document" }, "ticket.header", 403],
      ["without a credential", {}, "identity.missing", 401],
      ["with a credential that is not valid", { Authorization: "Bearer no" }, "identity.invalid", 401],
    ])("issues none to a request %s", async (_name, headers, code, status) => {
      const here = await scene();
      const response = await post(here, "ticket", { route: "/chat" }, headers);
      expect(response.status).toBe(status);
      expect(await here.guarded.seen("handshake")).toMatchObject({ code });
    });

    it.each([
      ["no JSON", "{", "ticket.request", 400],
      ["a list", "[]", "ticket.request", 400],
      ["more than 16 KiB", JSON.stringify({ route: "/chat", x: "x".repeat(20_000) }), "ticket.request", 400],
      ["no route", "{}", "ticket.request", 400],
      ["a route that is none", JSON.stringify({ route: 7 }), "ticket.request", 400],
      ["a route that nobody serves", JSON.stringify({ route: "/other" }), "handshake.no-route", 404],
    ])("refuses a body with %s", async (_name, body, code, status) => {
      const here = await scene();
      const headers = { Authorization: `Bearer ${await here.tokens.sign("ada")}` };
      const response = await post(here, "ticket", body, headers);
      expect(response.status).toBe(status);
      expect(await here.guarded.seen("handshake")).toMatchObject({ code });
    });

    it("tells a page of an allowed origin what it may send and why it was refused, and no other (CORS)", async () => {
      const here = await scene();
      const ask = (origin: string): Promise<Response> =>
        fetch(`${here.guarded.url}/.sallyport/ticket`, {
          method: "OPTIONS",
          headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
        });
      const allowed = await ask(PAGE);
      expect(allowed.status).toBe(204);
      expect(allowed.headers.get("access-control-allow-origin")).toBe(PAGE);
      expect(allowed.headers.get("access-control-allow-headers")).toContain("sallyport-request");
      const foreign = await ask("https://evil.example.com");
      expect([foreign.status, foreign.headers.get("access-control-allow-origin")]).toEqual([403, null]);
      const refused = await post(here, "ticket", { route: "/chat" });
      expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([401, PAGE]);
      expect(refused.headers.get("access-control-expose-headers")).toBe("Date, Retry-After");
      const elsewhere = await post(
        here,
        "ticket",
        { route: "/chat" },
        { Origin: "https://evil.example.com" },
      );
      expect(elsewhere.headers.get("access-control-allow-origin")).toBeNull();
    });

    it("issues none where the route has `ticket: off`", async () => {
      const here = await scene({ ticket: "off" });
      const headers = { Authorization: `Bearer ${await here.tokens.sign("ada")}` };
      expect((await post(here, "ticket", { route: "/chat" }, headers)).status).toBe(400);
    });

    it("answers other methods with 405, and never keeps an answer in a cache", async () => {
      const here = await scene();
      const response = await fetch(`${here.guarded.url}/.sallyport/ticket`);
      expect(response.status).toBe(405);
      const token = await here.tokens.sign("ada");
      const issued = await post(here, "ticket", { route: "/chat" }, { Authorization: `Bearer ${token}` });
      expect(issued.headers.get("cache-control")).toBe("no-store");
    });
  });

  describe("refresh", () => {
    it("puts a new token in force on the open connection, which outlives the first", async () => {
      const here = await scene({ expiry: { grace: "1s" } });
      const [issued, other] = [await ticketFor(here, "ada", 10), await ticketFor(here, "eve", 10)];
      const client = await redeem(here, issued.ticket);
      const ending = closed(await redeem(here, other.ticket));
      const response = await refresh(here, issued, "ada");
      expect(response.status).toBe(200);
      const { expiresAt } = await ticketIn(response);
      expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 500_000);
      expect(await here.guarded.seen("refresh")).toMatchObject({ session: issued.session, user: "ada" });
      skipAhead(11_500);
      expect((await ending).code).toBe(4401);
      expect(client.readyState).toBe(client.OPEN);
    });

    it("lets a refreshable connection outlive its token by the grace, and closes it then: 4401", async () => {
      const here = await scene({ expiry: { grace: "20s" } });
      const client = await redeem(here, (await ticketFor(here, "ada", 10)).ticket);
      const token = await here.tokens.sign("eve", Math.floor(Date.now() / 1000) + 10);
      const headers = { Authorization: `Bearer ${token}` };
      const ending = closed(await openClient(`${here.guarded.wsUrl}/chat`, { headers }));
      skipAhead(10_000);
      // That of a connection that cannot be refreshed is over.
      expect((await ending).code).toBe(4401);
      expect(client.readyState).toBe(client.OPEN);
      const end = closed(client);
      skipAhead(20_000);
      expect(await end).toEqual({ code: 4401, reason: expect.stringMatching(/^sallyport:/) });
    });

    it("refuses the token of another user, and changes nothing", async () => {
      const here = await scene();
      const issued = await ticketFor(here, "ada");
      const client = await redeem(here, issued.ticket);
      expect((await refresh(here, issued, "eve")).status).toBe(403);
      expect(await here.guarded.seen("handshake")).toMatchObject({ code: "expiry.other-user" });
      expect(client.readyState).toBe(client.OPEN);
    });

    it.each([
      ["another secret", { refreshSecret: "wrong" }],
      ["another session", { session: "AAAAAAAAAAAA" }],
      ["no secret", { refreshSecret: 7 }],
    ])("refuses %s with the same code", async (_name, change) => {
      const here = await scene();
      const issued = await ticketFor(here, "ada");
      await redeem(here, issued.ticket);
      expect((await refresh(here, { ...issued, ...change }, "ada")).status).toBe(403);
      expect(await here.guarded.seen("handshake")).toMatchObject({ code: "expiry.refresh" });
    });

    it.each([{ perUser: 1 }, { perAddress: 1 }, { total: 1 }])(
      "takes no place of a connection: it is answered at the limit %j, where no ticket is issued",
      async (connectionLimit) => {
        const here = await scene({ connectionLimit });
        const issued = await ticketFor(here, "ada");
        await redeem(here, issued.ticket);
        expect((await refresh(here, issued, "ada")).status).toBe(200);
        const headers = { Authorization: `Bearer ${await here.tokens.sign("ada")}` };
        const refused = await post(here, "ticket", { route: "/chat" }, headers);
        const [option] = Object.keys(connectionLimit);
        const code = `connectionLimit.${option}`;
        expect([refused.status, refused.headers.get("retry-after")]).toEqual([
          option === "total" ? 503 : 429,
          "5",
        ]);
        expect(await here.guarded.seen("handshake")).toMatchObject({ code });
      },
    );

    it("refuses a session that was opened without a ticket", async () => {
      const here = await scene();
      const headers = { Authorization: `Bearer ${await here.tokens.sign("ada")}` };
      await openClient(`${here.guarded.wsUrl}/chat`, { headers });
      const { session } = await here.guarded.seen("open");
      expect((await refresh(here, { session, refreshSecret: "" }, "ada")).status).toBe(403);
    });
  });

  describe("revocation", () => {
    // Real time, which a busy machine may take from one try.
    it.each([
      ["a user", (_session: string) => ({ user: "ada" })],
      ["a session", (session: string) => ({ session })],
      [
        "what was issued before now",
        (_session: string) => ({ user: "ada", issuedBefore: new Date(Date.now() + 1000).toISOString() }),
      ],
    ])(
      "closes the connections of %s within a second: 4540; others go on",
      { retry: 2 },
      async (_name, target) => {
        const here = await scene();
        const [ada, eve] = [await ticketFor(here, "ada"), await ticketFor(here, "eve")];
        const client = await redeem(here, ada.ticket);
        const other = await redeem(here, eve.ticket);
        const from = performance.now();
        const gone = closed(client);
        here.guarded.revoke(target(ada.session));
        expect((await gone).code).toBe(4540);
        expect(performance.now() - from).toBeLessThan(1000);
        expect(await here.guarded.seen("decision")).toMatchObject({ code: "revocation.revoked" });
        expect(other.readyState).toBe(other.OPEN);
      },
    );

    it("refuses a revoked user's new connections and tickets: 401", async () => {
      const here = await scene();
      const { ticket } = await ticketFor(here, "ada");
      here.guarded.revoke({ user: "ada" });
      await expect(redeem(here, ticket)).rejects.toThrow("status 401");
      const headers = { Authorization: `Bearer ${await here.tokens.sign("ada")}` };
      await expect(openClient(`${here.guarded.wsUrl}/chat`, { headers })).rejects.toThrow("status 401");
      expect((await post(here, "ticket", { route: "/chat" }, headers)).status).toBe(401);
    });

    it("leaves open connections alone where a token was only replaced", async () => {
      const here = await scene();
      const { ticket } = await ticketFor(here, "ada");
      const client = await redeem(here, ticket);
      here.guarded.revoke({ user: "ada", closes: false });
      const headers = { Authorization: `Bearer ${await here.tokens.sign("ada")}` };
      await expect(openClient(`${here.guarded.wsUrl}/chat`, { headers })).rejects.toThrow("status 401");
      expect(client.readyState).toBe(client.OPEN);
    });
  });
}
