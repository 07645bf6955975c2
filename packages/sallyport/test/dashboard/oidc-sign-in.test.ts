import { describe, expect, it, onTestFinished } from "vitest";
import { openLive } from "./live-page.ts";
import { startSigning, type Signing, type SigningOptions } from "./oidc-signing.ts";

const HOUR_MS = 3_600_000;
const groups: Record<string, string | string[] | undefined> = {
  ada: ["staff", "operators"],
  grace: ["staff", "forensics", "operators"],
  alan: "staff",
  eve: ["visitors", "__proto__", "constructor"],
  mallory: undefined,
};
const start = (options: SigningOptions = {}): Promise<Signing> => startSigning(groups, options);

async function ask(target: URL | string, cookie?: string): Promise<number> {
  const headers = cookie === undefined ? {} : { Cookie: cookie };
  return (await fetch(target, { redirect: "manual", headers })).status;
}

describe("signing in by an OpenID provider", () => {
  it("makes a session with the highest role of the claim, known by its name in the log", async () => {
    const { dashboard, goThrough } = await start();
    const { asPage, records } = dashboard;
    expect((await asPage("GET /dashboard/session")).body).toMatchObject({ providers: ["token", "oidc"] });
    for (const [user, role] of [
      ["ada", "operator"],
      ["grace", "investigator"],
      ["alan", "viewer"],
    ] as const) {
      const { status, cookie } = await goThrough(user);
      expect(status).toBe(302);
      expect((await asPage("GET /dashboard/session", { cookie })).body).toMatchObject({
        name: `oidc:${user}? (${user})`,
        role,
      });
      expect((await asPage("GET /bans", { cookie })).status).toBe(200);
    }
    expect(records()[0]).toMatchObject({
      name: "oidc:ada? (ada)",
      role: "operator",
      path: "/dashboard/oidc/callback",
      detail: "signed in by the OpenID provider",
    });
  });

  it("lets nobody in whose claim has no role, or is not there", async () => {
    const { dashboard, goThrough } = await start();
    for (const user of ["eve", "mallory"])
      expect([user, await goThrough(user)]).toMatchObject([user, { status: 403, cookie: "" }]);
    expect(dashboard.records().map(({ name, status, detail }) => [name, status, detail])).toEqual([
      [null, 403, "oidc:eve? (eve): no value of its claim has a role"],
      [null, 403, "oidc:mallory? (mallory): no value of its claim has a role"],
    ]);
  });

  it("takes back only the browser that began, once, with what it was given (RFC 9700 2.1; CWE-384)", async () => {
    let now = 0;
    const { dashboard, comeBack } = await start({ now: () => now });
    const { url } = dashboard;
    const mine = await comeBack("ada");
    // Whoever is led to the callback of somebody else's sign-in is not signed in as them.
    expect(await ask(mine.url)).toBe(403);
    const other = await comeBack("grace");
    expect(await ask(mine.url, other.cookie)).toBe(403);
    const forged = new URL(mine.url);
    forged.searchParams.set("code", "made-up");
    expect(await ask(forged, mine.cookie)).toBe(403);
    // It was used up by that.
    expect(await ask(mine.url, mine.cookie)).toBe(403);
    const late = await comeBack("ada");
    now += 600_001;
    expect(await ask(late.url, late.cookie)).toBe(403);
    const mixed = await comeBack("ada");
    const elsewhere = new URL(mixed.url);
    elsewhere.searchParams.set("iss", "https://id.example.com");
    expect(await ask(elsewhere, mixed.cookie)).toBe(403);
    const refused = await comeBack("ada");
    expect(await ask(`${url}/dashboard/oidc/callback?error=access_denied&state=x`, refused.cookie)).toBe(403);
    expect(await ask(`${url}/dashboard/oidc/callback`)).toBe(403);
    const said = JSON.stringify(dashboard.events);
    expect(said).not.toContain(mine.url.searchParams.get("code"));
    expect(said).not.toContain(mine.url.searchParams.get("state"));
  });

  it("loses its role, its views and its socket at once where a reload takes them, and ends in time", async () => {
    let now = 0;
    const { dashboard, goThrough, oidc } = await start({ now: () => now });
    const { asPage, admin, config, url } = dashboard;
    const [ada, alan] = [await goThrough("ada"), await goThrough("alan")];
    const page = await openLive({ url, cookie: alan.cookie });
    await page.until("hello");
    const next = { ...config, oidc: { ...oidc, roles: { operators: "viewer" as const } } };
    (await admin.prepare(next))();
    expect(await page.ended()).toBe(4540);
    expect((await asPage("GET /bans", { cookie: alan.cookie })).status).toBe(401);
    expect((await asPage("POST /bans", { cookie: ada.cookie, body: { address: "192.0.2.7" } })).status).toBe(
      403,
    );
    expect((await asPage("GET /bans", { cookie: ada.cookie })).status).toBe(200);
    now += HOUR_MS;
    expect((await asPage("GET /bans", { cookie: ada.cookie })).status).toBe(401);
  });

  it("ends when the provider cannot be asked any more who that is, and says so before", async () => {
    let now = 0;
    const { dashboard, goThrough } = await start({ now: () => now });
    const { asPage } = dashboard;
    const { cookie } = await goThrough("ada");
    const who = await asPage("GET /dashboard/session", { cookie });
    expect(who.body).toMatchObject({ by: "oidc", bound: "provider" });
    // The provider's access tokens live for ten minutes, and nothing renews them.
    now += 500_000;
    expect((await asPage("GET /dashboard/session", { cookie })).status).toBe(200);
    now += 100_001;
    expect((await asPage("GET /dashboard/session", { cookie })).status).toBe(401);
  });

  it("follows what the provider says meanwhile: a role that was lowered, and whoever it does not know any more", async () => {
    const { people, dashboard, goThrough } = await start({ recheck: 20 });
    const { asPage, url, events } = dashboard;
    const [ada, grace, alan] = [await goThrough("ada"), await goThrough("grace"), await goThrough("alan")];
    const pages = [];
    for (const { cookie } of [ada, grace, alan]) pages.push(await openLive({ url, cookie }));
    for (const page of pages) await page.until("hello");
    const before = { ...groups };
    onTestFinished(() => void Object.assign(groups, before));
    // Silence changes nothing.
    people.down = true;
    await expect
      .poll(() => events.some((event) => event.type === "gate" && event.level === "warn"))
      .toBe(true);
    expect((await asPage("GET /dashboard/session", { cookie: ada.cookie })).body).toMatchObject({
      role: "operator",
    });
    people.down = false;
    groups["ada"] = ["staff"];
    groups["alan"] = undefined;
    expect(await pages[0]?.ended()).toBe(1012);
    expect((await asPage("GET /dashboard/session", { cookie: ada.cookie })).body).toMatchObject({
      role: "viewer",
    });
    expect(await pages[2]?.ended()).toBe(4540);
    people.gone.add("grace");
    expect(await pages[1]?.ended()).toBe(4540);
    expect((await asPage("GET /bans", { cookie: grace.cookie })).status).toBe(401);
    expect((await asPage("GET /bans", { cookie: alan.cookie })).status).toBe(401);
    expect((await asPage("GET /bans", { cookie: ada.cookie })).status).toBe(200);
  });

  it("says so where the provider cannot be asked, and recovers", async () => {
    const { people, dashboard, goThrough } = await start();
    people.down = true;
    const { status, text } = await dashboard.ask("GET /dashboard/oidc/start");
    expect([status, text.includes("cannot be asked")]).toEqual([502, true]);
    expect(dashboard.events).toContainEqual(expect.objectContaining({ type: "gate", level: "warn" }));
    people.down = false;
    expect((await goThrough("ada")).status).toBe(302);
  });
});
