import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDashboard, TOKENS } from "./dashboard-fixture.ts";

const HOUR_MS = 3_600_000;

describe("the dashboard's page", () => {
  it("is sent to everybody, with nothing inline, framed or loaded from elsewhere allowed", async () => {
    const { ask } = await openDashboard();
    expect(await ask("GET /")).toMatchObject({ status: 302, headers: { location: "/dashboard/" } });
    for (const path of ["/dashboard/", "/dashboard/connections", "/dashboard/journal/session"]) {
      const { status, text, headers } = await ask(`GET ${path}`);
      expect([status, text]).toEqual([200, "<!doctype html><title>index</title>"]);
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "content-type": "text/html; charset=utf-8",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
      expect(headers["content-security-policy"]).not.toContain("unsafe");
    }
  });

  it("has files that are kept for ever where their name changes with them, compressed where that is taken", async () => {
    const { ask } = await openDashboard();
    const script = await ask("GET /dashboard/assets/index-abcd1234.js", {
      headers: { "Accept-Encoding": "gzip, br" },
    });
    expect(script.headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-encoding": "gzip",
      "content-type": "text/javascript; charset=utf-8",
    });
    expect((await ask("GET /dashboard/assets/index-abcd1234.js")).text).toHaveLength(2000);
    expect((await ask("HEAD /dashboard/assets/index-abcd1234.js")).text).toBe("");
    const style = await ask("GET /dashboard/assets/plain.css");
    expect([style.text, style.headers["cache-control"]]).toEqual(["p{}", "no-store"]);
  });

  it("leads out of its directory by no path (CWE-22), and takes no other method", async () => {
    const { ask } = await openDashboard();
    for (const path of [
      "/dashboard/../admin.token",
      "/dashboard/%2e%2e/admin.token",
      "/dashboard/assets/../../admin.token",
      "/dashboard/assets/..%2f..%2fadmin.token",
      "/dashboard//etc/passwd.html",
      "/dashboard/assets/.hidden.js",
      "/dashboard/assets/none.js",
      "/dashboard/assets/index-abcd1234.js.map",
    ])
      expect([path, (await ask(`GET ${path}`)).status]).toEqual([path, 404]);
    expect((await ask("POST /dashboard/")).status).toBe(405);
  });

  it("says how to build it where it is not built, and shows a path as text", async () => {
    const { ask, directory } = await openDashboard();
    await rm(join(directory, "page"), { recursive: true });
    const { status, text } = await ask("GET /dashboard/");
    expect([status, text.includes("npm run build -w @sallyport/dashboard")]).toEqual([503, true]);
  });

  it("is not there elsewhere than on loopback, until its https origin is written", async () => {
    const far = await openDashboard({ config: { host: "0.0.0.0" } });
    expect((await far.ask("GET /dashboard/")).status).toBe(404);
    expect((await far.asPage("POST /dashboard/session", { body: { token: TOKENS.admin } })).status).toBe(404);
    const url = "https://gate.example.com";
    const named = await openDashboard({ config: { host: "0.0.0.0", url } });
    const proxied = { Host: "gate.example.com", Origin: url };
    const signedIn = await named.asPage("POST /dashboard/session", {
      body: { token: TOKENS.viewer },
      headers: proxied,
    });
    expect(signedIn.status).toBe(200);
    expect((await named.asPage("GET /bans", { cookie: signedIn.cookie, headers: proxied })).status).toBe(200);
    expect((await named.asPage("GET /bans", { cookie: signedIn.cookie })).status).toBe(403);
  });
});

describe("signing in by a token", () => {
  it("makes a session whose cookie no script and no other site sees, and which is worth its role", async () => {
    const { asPage, records } = await openDashboard();
    const anonymous = await asPage("GET /dashboard/session");
    expect(anonymous).toMatchObject({ status: 401, body: { providers: ["token"] } });
    const { status, body, headers, cookie } = await asPage("POST /dashboard/session", {
      body: { token: ` ${TOKENS.operator}\n` },
    });
    expect([status, body]).toEqual([
      200,
      {
        name: "operator",
        role: "operator",
        by: "token",
        bound: "life",
        expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    expect(headers["set-cookie"]).toEqual([
      expect.stringMatching(/^__Host-sallyport=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/),
    ]);
    expect(await asPage("GET /dashboard/session", { cookie })).toMatchObject({
      status: 200,
      body: { name: "operator", role: "operator", version: "1.2.3", providers: ["token"] },
    });
    expect((await asPage("GET /bans", { cookie })).status).toBe(200);
    expect((await asPage("POST /bans", { cookie, body: { address: "192.0.2.7" } })).status).toBe(200);
    expect((await asPage("POST /reload", { cookie })).status).toBe(403);
    expect(records().map(({ name, path, status: answered }) => [name, path, answered])).toEqual([
      ["operator", "/dashboard/session", 200],
      ["operator", "/bans", 200],
      ["operator", "/bans", 200],
      ["operator", "/reload", 403],
    ]);
    const said = JSON.stringify(records());
    expect(said).not.toContain(TOKENS.operator);
    expect(said).not.toContain(cookie.split("=")[1]);
  });

  it("refuses what is no token, is too large, or comes from nowhere that has tokens", async () => {
    const { asPage } = await openDashboard();
    for (const body of [
      "{",
      {},
      { token: 1 },
      { token: "" },
      { token: "x".repeat(5000) },
      { token: "a", more: 1 },
    ])
      expect((await asPage("POST /dashboard/session", { body })).status).toBe(422);
    expect((await asPage("POST /dashboard/session", { body: "x".repeat(2_000_000) })).status).toBe(422);
    expect((await asPage("PUT /dashboard/session")).status).toBe(405);
    const bare = await openDashboard({ config: { tokenFile: null, tokens: [] } });
    expect((await bare.asPage("POST /dashboard/session", { body: { token: TOKENS.admin } })).status).toBe(
      403,
    );
    expect(await bare.asPage("GET /dashboard/session")).toMatchObject({
      status: 401,
      body: { providers: [] },
    });
  });

  it("counts wrong tokens as everywhere (CWE-307)", async () => {
    const { asPage, ask, records } = await openDashboard({ now: () => 0 });
    const statuses: unknown[] = [];
    for (let count = 0; count < 22; count++)
      statuses.push((await asPage("POST /dashboard/session", { body: { token: `wrong ${count}` } })).status);
    expect(statuses).toEqual([...Array<number>(20).fill(401), 429, 429]);
    const right = await asPage("POST /dashboard/session", { body: { token: TOKENS.admin } });
    expect([right.status, right.cookie]).toEqual([429, ""]);
    expect((await ask("GET /bans", { headers: { Authorization: `Bearer ${TOKENS.admin}` } })).status).toBe(
      429,
    );
    expect(records()).toHaveLength(21);
  });

  it("never takes over the session that a cookie names (CWE-384), and ends the one of before", async () => {
    const { asPage, signIn } = await openDashboard();
    const planted = `__Host-sallyport=${"A".repeat(43)}`;
    const { cookie } = await asPage("POST /dashboard/session", {
      body: { token: TOKENS.viewer },
      cookie: planted,
    });
    expect(cookie).not.toBe(planted);
    expect((await asPage("GET /bans", { cookie: planted })).status).toBe(401);
    const again = await asPage("POST /dashboard/session", { body: { token: TOKENS.admin }, cookie });
    expect(again.cookie).not.toBe(cookie);
    expect((await asPage("GET /bans", { cookie })).status).toBe(401);
    expect((await asPage("GET /bans", { cookie: `${again.cookie}; ${await signIn("viewer")}` })).status).toBe(
      401,
    );
  });

  it("is over after signing out, for a stolen cookie, too", async () => {
    const { asPage, signIn, records } = await openDashboard();
    const cookie = await signIn("admin");
    const out = await asPage("DELETE /dashboard/session", { cookie });
    expect(out).toMatchObject({ status: 200, body: { signedOut: true } });
    expect(out.headers["set-cookie"]).toEqual([expect.stringContaining("Max-Age=0")]);
    expect((await asPage("GET /bans", { cookie })).status).toBe(401);
    expect((await asPage("GET /dashboard/session", { cookie })).status).toBe(401);
    expect((await asPage("DELETE /dashboard/session", { cookie })).body).toEqual({ signedOut: false });
    expect(records().map(({ detail }) => detail)).toEqual(["signed in by a token", "signed out"]);
  });

  it("is over after eight hours, or half an hour without use", async () => {
    let now = 0;
    const { asPage, signIn } = await openDashboard({ now: () => now });
    const [idle, busy] = [await signIn("viewer"), await signIn("viewer")];
    const statuses: unknown[] = [];
    for (; now < 8 * HOUR_MS; now += 25 * 60_000)
      statuses.push((await asPage("GET /bans", { cookie: busy })).status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect((await asPage("GET /bans", { cookie: idle })).status).toBe(401);
    now = 8 * HOUR_MS;
    expect((await asPage("GET /bans", { cookie: busy })).status).toBe(401);
  });

  it("has room for twenty sessions of one name: the one that was not used for longest ends", async () => {
    let now = 0;
    const { asPage, signIn } = await openDashboard({ now: () => now });
    const other = await signIn("admin");
    const cookies: string[] = [];
    for (; now < 21; now++) cookies.push(await signIn("viewer"));
    const statuses: unknown[] = [];
    for (const cookie of [...cookies, other]) statuses.push((await asPage("GET /bans", { cookie })).status);
    expect(statuses).toEqual([401, ...Array<number>(21).fill(200)]);
  });
});

describe("a session of the dashboard", () => {
  it("opens nothing to other pages, forms and links: CSRF (CWE-352)", async () => {
    const { ask, asPage, signIn, url } = await openDashboard();
    const cookie = await signIn("admin");
    const own = { "Sallyport-Request": "1" };
    const refused: readonly Readonly<Record<string, string>>[] = [
      { ...own, Origin: "https://evil.example" },
      { ...own, Origin: "null" },
      { ...own, Origin: url.replace("http:", "https:") },
      { ...own, Origin: `${url}0` },
      { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
    ];
    for (const headers of refused) {
      expect([headers, (await ask("POST /drain", { cookie, headers })).status]).toEqual([headers, 403]);
      const session = await ask("DELETE /dashboard/session", { cookie, headers });
      expect([session.status, session.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
    }
    // Without the field, or from another site, the cookie says nothing: nobody has asked.
    for (const headers of [
      {},
      { "Sec-Fetch-Site": "same-origin" },
      { Origin: url, "Sec-Fetch-Site": "same-origin" },
      { ...own, "Sec-Fetch-Site": "cross-site" },
      { ...own, "Sec-Fetch-Site": "same-site" },
      { ...own, "Sec-Fetch-Site": "none" },
      { "Sallyport-Request": "0" },
    ]) {
      expect([headers, (await ask("POST /drain", { cookie, headers })).status]).toEqual([headers, 401]);
      expect((await ask("POST /dashboard/session", { headers, body: { token: TOKENS.admin } })).status).toBe(
        403,
      );
    }
    expect((await ask("OPTIONS /bans", { headers: { ...own, Origin: "https://evil.example" } })).status).toBe(
      403,
    );
    expect((await ask("GET /bans", { cookie, headers: own })).status).toBe(200);
    expect((await asPage("GET /bans", { cookie })).status).toBe(200);
  });

  it("is nothing to a page that came by DNS rebinding", async () => {
    const { ask, asPage, signIn } = await openDashboard();
    const cookie = await signIn("admin");
    const headers = { Host: "evil.example:9090", Origin: "http://evil.example:9090" };
    for (const path of ["/", "/dashboard/", "/bans", "/dashboard/session"])
      expect([path, (await asPage(`GET ${path}`, { cookie, headers })).status]).toEqual([path, 403]);
    expect((await ask("GET /dashboard/", { headers: { Host: "evil.example" } })).status).toBe(403);
  });

  it("keeps tokens out of pages: a token with an Origin is refused, the dashboard's own, too", async () => {
    const { asPage, signIn } = await openDashboard();
    const headers = { Authorization: `Bearer ${TOKENS.admin}` };
    expect((await asPage("GET /bans", { headers })).status).toBe(403);
    expect((await asPage("GET /bans", { headers, cookie: await signIn("viewer") })).status).toBe(403);
  });

  it("loses at once what its token has lost at a reload", async () => {
    const { asPage, signIn, admin, config, directory } = await openDashboard();
    const [operator, viewer, first] = [
      await signIn("operator"),
      await signIn("viewer"),
      await signIn("admin"),
    ];
    await writeFile(join(directory, "viewer.token"), `${"w".repeat(32)}\n`);
    const tokens = config.tokens.map((token) =>
      token.name === "operator" ? { ...token, role: "viewer" as const } : token,
    );
    (await admin.prepare({ ...config, tokens }))();
    expect((await asPage("GET /bans", { cookie: viewer })).status).toBe(401);
    expect((await asPage("POST /bans", { cookie: operator, body: { address: "192.0.2.7" } })).status).toBe(
      403,
    );
    expect(await asPage("GET /dashboard/session", { cookie: operator })).toMatchObject({
      body: { role: "viewer" },
    });
    expect((await asPage("GET /bans", { cookie: first })).status).toBe(200);
    await writeFile(join(directory, "viewer.token"), "short\n");
    await expect(admin.prepare(config)).rejects.toThrow("at least 16 characters");
    expect((await asPage("GET /bans", { cookie: operator })).status).toBe(200);
  });

  it("reads contents of the journal as investigator, and reloads as admin alone", async () => {
    const { asPage, signIn } = await openDashboard();
    const cookie = await signIn("investigator");
    expect((await asPage("POST /bans", { cookie, body: { address: "192.0.2.7" } })).status).toBe(200);
    expect((await asPage("POST /reload", { cookie })).status).toBe(403);
  });
});
