import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { AdminOidcConfig } from "../../src/policy/admin-options.ts";
import { CookieJar } from "../hosts/cookie-jar.ts";
import { openDashboard, type OpenDashboard } from "./dashboard-fixture.ts";
import { startOidcPeople, type OidcPeople } from "./oidc-people.ts";

/** A dashboard that people sign in to by a real OpenID provider. */
export interface Signing {
  readonly people: OidcPeople;
  readonly dashboard: OpenDashboard;
  readonly oidc: AdminOidcConfig;
  /** Goes through the whole flow as a browser does, which is also answered. */
  readonly goThrough: (
    user: string,
  ) => Promise<{ readonly status: number; readonly cookie: string; readonly browser: CookieJar }>;
  /** Begins, and has the provider send the browser back: to this URL, with this cookie. */
  readonly comeBack: (
    user: string,
  ) => Promise<{ readonly url: URL; readonly cookie: string; readonly browser: CookieJar }>;
}

/** What is to be otherwise. */
export interface SigningOptions {
  readonly now?: () => number;
  /** Milliseconds between two questions about a session. Default: an hour, which no test sees. */
  readonly recheck?: number;
  /** How long a session lasts, milliseconds. Default: an hour. */
  readonly life?: number;
  /** Of the page, in place of the three files of a test. */
  readonly page?: URL;
  /** Whether the provider names its sessions when somebody signs out. Default: it does. */
  readonly namesSessions?: boolean;
}

const HOUR_MS = 3_600_000;
const roles = { staff: "viewer", operators: "operator", forensics: "investigator" } as const;

const cookiesOf = (response: Response): Map<string, string> =>
  new Map(
    response.headers.getSetCookie().map((line) => {
      const pair = line.split(";", 1)[0] ?? "";
      return [pair.slice(0, pair.indexOf("=")), pair] as const;
    }),
  );

/** Starts both. Closed when the test ends. @param groups of each of its people */
export async function startSigning(
  groups: Readonly<Record<string, readonly string[] | string | undefined>>,
  { namesSessions, ...options }: SigningOptions = {},
): Promise<Signing> {
  const people = await startOidcPeople(groups);
  const directory = await mkdtemp(join(tmpdir(), "sallyport-oidc-"));
  onTestFinished(async () => await rm(directory, { recursive: true }));
  const clientSecretFile = join(directory, "client.secret");
  await writeFile(clientSecretFile, `${people.secret}\n`);
  const oidc: AdminOidcConfig = {
    issuer: people.issuer,
    clientId: people.clientId,
    clientSecretFile,
    roleClaim: "groups",
    roles,
    scope: ["profile", "groups"],
    life: options.life ?? HOUR_MS,
    recheck: options.recheck ?? HOUR_MS,
  };
  const dashboard = await openDashboard({ config: { oidc }, ...options });
  const { url } = dashboard;
  people.redirectTo(`${url}/dashboard/oidc/callback`, namesSessions);
  const comeBack: Signing["comeBack"] = async (user) => {
    people.user = user;
    const begun = await fetch(`${url}/dashboard/oidc/start`, { redirect: "manual" });
    expect(begun.status).toBe(302);
    const browser = new CookieJar();
    const back = await browser.follow(begun.headers.get("location") ?? "");
    return { url: back, cookie: cookiesOf(begun).get("__Host-sallyport-sign-in") ?? "", browser };
  };
  const goThrough: Signing["goThrough"] = async (user) => {
    const { url: back, cookie, browser } = await comeBack(user);
    const done = await fetch(back, { redirect: "manual", headers: { Cookie: cookie } });
    return { status: done.status, cookie: cookiesOf(done).get("__Host-sallyport") ?? "", browser };
  };
  return { people, dashboard, oidc, goThrough, comeBack };
}
