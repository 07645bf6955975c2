import { describe, expect, it } from "vitest";
import type { GateEvent } from "../events.ts";
import { makeHandshake, makeServices } from "../../test/handshake-fixture.ts";
import type { ConnectionView } from "./connection-view.ts";
import type { ConnectionFacts, ConnectionGuard, Identity } from "./guard.ts";
import { proofOf } from "./identity-proof.ts";
import type { Identified, IdentityProvider } from "./identity-provider.ts";
import { createSession, sessionOptions } from "./identity-session.ts";

const WRITTEN = { url: "http://127.0.0.1:3000/session", cookie: ["sid", "sid.sig"] };
const view = {} as ConnectionView;

interface Scene {
  readonly provider: IdentityProvider;
  readonly events: GateEvent[];
  /** The field `Cookie` of every question. */
  readonly shown: (string | null)[];
  /** What the application answers from now on. */
  answer: () => Response;
}

const json =
  (value: unknown): (() => Response) =>
  () =>
    new Response(JSON.stringify(value));

function scene(options: Readonly<Record<string, unknown>> = {}): Scene {
  const [events, shown]: [GateEvent[], (string | null)[]] = [[], []];
  const services = makeServices({
    emit: (event) => void (event.type === "gate" && events.push(event)),
    fetch: async (_url, init) => {
      shown.push(new Headers(init?.headers).get("cookie"));
      return here.answer();
    },
  });
  const provider = createSession(sessionOptions.parse({ ...WRITTEN, ...options }), services);
  const here: Scene = { provider, events, shown, answer: json({ user: "ada" }) };
  return here;
}

const identify = async ({ provider }: Scene, ...cookies: string[]): Promise<Identified> =>
  await provider.identify(makeHandshake({ headers: cookies.flatMap((cookie) => ["cookie", cookie]) }));

async function known(here: Scene): Promise<Identity> {
  const found = await identify(here, "sid=s3cret");
  if (found === null || "verdict" in found) throw new Error("not known");
  return found;
}

const factsOf = (identity: Identity): ConnectionFacts => ({
  session: "session-1",
  address: "192.0.2.1",
  identity,
  request: {
    path: "/",
    host: "app.example",
    origin: null,
    secure: true,
    subprotocol: null,
    listener: { loopback: false, secure: true, port: 443, names: [] },
  },
  refreshable: false,
  wallNow: 0,
  now: 0,
});

/** A connection's part; `look` lets time pass beyond the next question, and answers what came of it. */
function opened(
  { provider }: Scene,
  identity: Identity,
): { readonly part: ConnectionGuard; readonly look: () => Promise<string> } {
  const part = provider.open?.(factsOf(identity), { wake: () => undefined }) ?? {};
  let now = 0;
  return {
    part,
    async look() {
      part.tick?.(now, view);
      now += 60_000;
      part.tick?.(now, view);
      await new Promise((resolve) => setImmediate(resolve));
      const verdict = part.tick?.(now, view);
      return verdict?.verdict === "close" ? `${verdict.code}: ${verdict.detail}` : String(verdict?.verdict);
    },
  };
}

describe("createSession", () => {
  it("knows the caller by what the application says of the session's cookies, and shows it no others", async () => {
    const here = scene({ tenant: "/team" });
    here.answer = json({ user: "ada", team: "blue", claims: { role: "editor" }, expiresAt: 9 });
    const found = await identify(here, "theme=dark; sid=s3cret", "sid.sig=abc; x; sid=second");
    expect(found).toEqual({
      provider: "session",
      user: "ada",
      issuer: "http://127.0.0.1:3000/session",
      claims: { role: "editor" },
      tenant: "blue",
      expiresAt: 9000,
      credential: "cookie",
    });
    expect(here.shown).toEqual(["sid=s3cret; sid.sig=abc; sid=second"]);
    expect(JSON.stringify(found)).not.toContain("s3cret");
  });

  it("is known again by the session's cookies", () => {
    const { provider } = scene();
    const of = (cookie: string): string =>
      provider.credentialOf(makeHandshake({ headers: ["cookie", cookie] }));
    expect(of("theme=dark; sid=s3cret")).toBe("sid=s3cret");
    expect(of("theme=dark")).toBe("");
  });

  it("leaves a caller without such a cookie to the next provider, and asks nobody", async () => {
    const here = scene();
    expect(await identify(here, "theme=dark")).toBeNull();
    expect(await identify(here)).toBeNull();
    expect(here.shown).toEqual([]);
  });

  it("refuses a session that is none, and never says which", async () => {
    const here = scene();
    here.answer = () => new Response("", { status: 401 });
    const found = await identify(here, "sid=s3cret");
    expect(found).toMatchObject({ code: "identity.invalid", detail: "session: answered 401" });
    expect(JSON.stringify(found)).not.toContain("s3cret");
  });

  it.each(["sid=a\u0001b", "sid=\u0100", `sid=${"x".repeat(9000)}`])(
    "refuses a cookie that no field can carry, without asking (RFC 9110 5.5)",
    async (cookie) => {
      const here = scene();
      expect(await identify(here, cookie)).toMatchObject({ code: "identity.invalid" });
      expect(here.shown).toEqual([]);
    },
  );

  it("says 503 while the application cannot be asked, and tells it once", async () => {
    const here = scene();
    here.answer = () => new Response("", { status: 500 });
    for (let count = 0; count < 3; count += 1)
      expect(await identify(here, "sid=s3cret")).toMatchObject({ code: "identity.unavailable" });
    expect(here.provider.ready?.()).toEqual({
      ready: true,
      problem: "http://127.0.0.1:3000/session answered 500",
    });
    here.answer = json({ user: "ada" });
    await known(here);
    expect(here.events.map(({ level }) => level)).toEqual(["warn", "info"]);
    expect(here.provider.ready?.()).toEqual({ ready: true, problem: null });
    expect(JSON.stringify(here.events)).not.toContain("s3cret");
  });

  it("asks about an open connection, and closes it when the session has ended", async () => {
    const here = scene();
    const { look } = opened(here, await known(here));
    expect(await look()).toBe("wait");
    here.answer = () => new Response("", { status: 401 });
    expect(await look()).toBe("identity.withdrawn: session: answered 401");
    expect(new Set(here.shown)).toEqual(new Set(["sid=s3cret"]));
  });

  it.each([
    ["another user's", { user: "eve" }],
    ["another tenant's", { user: "ada", team: "red" }],
  ])("closes it when the session is %s by now", async (_whose, value) => {
    const here = scene({ tenant: "/team" });
    here.answer = json({ user: "ada", team: "blue" });
    const { look } = opened(here, await known(here));
    here.answer = json({ team: "blue", ...value });
    expect(await look()).toContain("identity.withdrawn: the session is another user's");
  });

  it("leaves it open while the application cannot be asked", async () => {
    const here = scene();
    const { look } = opened(here, await known(here));
    here.answer = () => new Response("", { status: 502 });
    expect([await look(), await look()]).toEqual(["wait", "wait"]);
    expect(here.events).toHaveLength(1);
  });

  it("asks with the cookie of a refresh from then on", async () => {
    const here = scene();
    const { part, look } = opened(here, await known(here));
    const next = await identify(here, "sid=fresh");
    if (next === null || "verdict" in next) throw new Error("not known");
    part.refreshed?.({ identity: next, wallNow: 0, now: 0 });
    await look();
    expect(here.shown.at(-1)).toBe("sid=fresh");
  });

  it("asks nothing with `recheck: off`", async () => {
    const here = scene({ recheck: "off" });
    expect(opened(here, await known(here)).part).toEqual({});
  });

  it("lets nobody stay whose session cannot be asked about", async () => {
    const here = scene();
    const lost: Identity = { ...(await known(here)), claims: {} };
    expect(await opened(here, lost).look()).toContain(
      "identity.withdrawn: its cookie is not with this process",
    );
  });

  it("keeps the cookie that comes with a ticket, where the ticket did not bring it", async () => {
    const here = scene();
    const lost = async (): Promise<Identity> => ({
      ...(await known(here)),
      claims: {},
      credential: "ticket",
    });
    const withCookie = async (headers: readonly string[], identity: Identity): Promise<string | null> => {
      here.provider.strip?.(makeHandshake({ headers }, { identity }));
      return proofOf(identity);
    };
    expect(await withCookie(["cookie", "a=b; sid=s3cret"], await lost())).toBe("sid=s3cret");
    expect(await withCookie(["cookie", "a=b"], await lost())).toBeNull();
    expect(await withCookie(["cookie", `sid=${"x".repeat(9000)}`], await lost())).toBeNull();
    expect(await withCookie(["cookie", "sid=\u0001"], await lost())).toBeNull();
    expect(await withCookie(["cookie", "sid=other"], await known(here))).toBe("sid=s3cret");
    here.provider.strip?.(makeHandshake());
  });

  it("keeps an open connection while the same application is asked", async () => {
    const here = scene();
    const facts = factsOf(await known(here));
    expect(here.provider.readmit?.(facts)).toBeNull();
    expect(scene({ url: "http://127.0.0.1:4000/session" }).provider.readmit?.(facts)).toContain("any more");
    here.provider.dispose?.();
  });
});

describe("sessionOptions", () => {
  it("takes one cookie for a list of one, and fills in the rest", () => {
    expect(sessionOptions.parse({ url: "https://app.example/session", cookie: "sid" })).toMatchObject({
      cookie: ["sid"],
      timeout: 5000,
      user: "/user",
      recheck: 60_000,
      cache: 0,
    });
  });

  it.each([
    [{ url: "ftp://127.0.0.1/" }, "expected the application's URL"],
    [{ url: "/session" }, "expected the application's URL"],
    [{ url: "https://a:b@app.example/" }, "user or password"],
    [{ url: "https://:b@app.example/" }, "user or password"],
    [{ url: "http://app.example/session" }, "unsafeAllowPlaintext"],
    [{ cookie: [] }, "at least one cookie"],
    [{ cookie: 7 }, "the name of a cookie"],
    [{ cookie: "a b" }, "the name of a cookie"],
    [{ user: "user" }, "JSON pointer"],
    [{ recheck: "0s" }, "above zero"],
  ])("refuses %j", (options, message) => {
    const parsed = sessionOptions.safeParse({ ...WRITTEN, ...options });
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });

  it("takes plaintext on loopback, or where it is asked for by its name", () => {
    for (const options of [
      { url: "http://[::1]:3000/" },
      { url: "http://app.example/", unsafeAllowPlaintext: true },
    ])
      expect(sessionOptions.safeParse({ ...WRITTEN, ...options }).success).toBe(true);
  });
});
