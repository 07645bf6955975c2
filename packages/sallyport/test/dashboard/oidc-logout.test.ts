import { SignJWT, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { LOGOUT_EVENT } from "../../src/guards/json-web-token.ts";
import { openLive, type LivePage } from "./live-page.ts";
import { startSigning, type Signing } from "./oidc-signing.ts";

const groups = { ada: ["staff"], grace: ["forensics"] };
const FORM = "application/x-www-form-urlencoded";

/** Somebody who looks at a page. */
interface Looking {
  readonly cookie: string;
  readonly page: LivePage;
  readonly browser: Awaited<ReturnType<Signing["goThrough"]>>["browser"];
}

async function look({ goThrough, dashboard }: Signing, user: string): Promise<Looking> {
  const { cookie, browser } = await goThrough(user);
  const page = await openLive({ url: dashboard.url, cookie });
  await page.until("hello");
  return { cookie, page, browser };
}

const statusOf = async ({ dashboard }: Signing, { cookie }: Looking): Promise<number | undefined> =>
  (await dashboard.asPage("GET /bans", { cookie })).status;

describe("signing out at the OpenID provider (OpenID Connect Back-Channel Logout 1.0)", () => {
  it("ends that session of the dashboard at once, its socket too, and no other one", async () => {
    const signing = await startSigning(groups);
    const [first, second, grace] = [
      await look(signing, "ada"),
      await look(signing, "ada"),
      await look(signing, "grace"),
    ];
    await signing.people.signOut(first.browser);
    expect(await first.page.ended()).toBe(4540);
    expect(await statusOf(signing, first)).toBe(401);
    expect([await statusOf(signing, second), await statusOf(signing, grace)]).toEqual([200, 200]);
    expect(signing.dashboard.records()).toContainEqual(
      expect.objectContaining({
        name: "oidc:ada? (ada)",
        method: "POST",
        path: "/dashboard/oidc/logout",
        status: 200,
        detail: "signed out at the provider",
      }),
    );
    const again = await look(signing, "ada");
    expect(await statusOf(signing, again)).toBe(200);
  });

  it("ends every session of somebody where the provider names none", async () => {
    const signing = await startSigning(groups, { namesSessions: false });
    const [first, second, grace] = [
      await look(signing, "ada"),
      await look(signing, "ada"),
      await look(signing, "grace"),
    ];
    await signing.people.signOut(first.browser);
    expect([await first.page.ended(), await second.page.ended()]).toEqual([4540, 4540]);
    expect(await statusOf(signing, grace)).toBe(200);
  });

  it("changes nothing where it is told by whoever is not the provider", async () => {
    const signing = await startSigning(groups);
    const ada = await look(signing, "ada");
    const { people, dashboard } = signing;
    const url = `${dashboard.url}/dashboard/oidc/logout`;
    const { privateKey } = await generateKeyPair("RS256");
    const sign = (issuer: string): Promise<string> =>
      new SignJWT({ events: { [LOGOUT_EVENT]: {} }, jti: "1", sub: "ada" })
        .setProtectedHeader({ alg: "RS256", typ: "logout+jwt", kid: "one" })
        .setIssuer(issuer)
        .setAudience("the-gate")
        .setIssuedAt()
        .sign(privateKey);
    const post = async (body: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
      (await fetch(url, { method: "POST", headers: { "Content-Type": FORM, ...headers }, body })).status;
    const forged = `logout_token=${await sign(people.issuer)}`;
    expect({
      forged: await post(forged),
      foreign: await post(`logout_token=${await sign("https://id.example.com")}`),
      none: await post("token=a"),
      twice: await post(`${forged}&${forged}`),
      json: await post("{}", { "Content-Type": "application/json" }),
      page: await post(forged, { Origin: "https://evil.example" }),
      read: (await fetch(url)).status,
    }).toEqual({ forged: 400, foreign: 400, none: 400, twice: 400, json: 400, page: 403, read: 405 });
    expect(await statusOf(signing, ada)).toBe(200);
    expect(JSON.stringify(dashboard.events)).not.toContain(forged.slice(-40));
  });
});
