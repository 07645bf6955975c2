import { describe, expect, it } from "vitest";
import { knownBy, makeHandshake } from "../../test/handshake-fixture.ts";
import type { SallyportEvent } from "../events.ts";
import type { Guard } from "../guards/guard.ts";
import { admit, arrivalOf, refuse, type Claim } from "./admission.ts";

function services() {
  const events: SallyportEvent[] = [];
  const emit = (event: SallyportEvent): void => void events.push(event);
  return { events, emit, random: (bytes: number) => new Uint8Array(bytes) };
}

const refusal = {
  verdict: "refuse",
  code: "connectionLimit.perAddress",
  detail: "d",
  retryAfterS: 0.2,
} as const;

/** A guard of identity that lets nobody in. */
const refusing = (mode: Guard["mode"]): Guard => ({ name: "identity", mode, handshake: () => refusal });

describe("admit", () => {
  it("asks every guard's handshake before any guard's admission, each in order", async () => {
    const asked: string[] = [];
    const guard = (name: string): Guard => ({
      name,
      mode: "enforce",
      handshake: () => (asked.push(`handshake ${name}`), { verdict: "pass" }),
      admission: async () => (asked.push(`admission ${name}`), await Promise.resolve({ verdict: "pass" })),
    });
    const idle: Guard = { name: "idle", mode: "enforce" };
    expect(await admit(makeHandshake(), [guard("a"), idle, guard("b")], "/", services())).toBeNull();
    expect(asked).toEqual(["handshake a", "handshake b", "admission a", "admission b"]);
  });

  it("tells the watch once whose a bad credential claims to be, and no event of it", async () => {
    const world = services();
    const claims: Claim[] = [];
    const handshake = makeHandshake();
    handshake.claimedUser = "ann";
    const watch = { claimed: (claim: Claim) => void claims.push(claim) };
    await admit(handshake, [refusing("observe"), refusing("enforce")], "/chat", { ...world, watch });
    expect(claims).toEqual([{ route: "/chat", address: handshake.request.address, claimedUser: "ann" }]);
    expect(JSON.stringify(world.events)).not.toContain("ann");
    handshake.claimedUser = "ann";
    expect(await admit(handshake, [refusing("enforce")], "/chat", world)).not.toBeNull();
  });

  it("tells no more of a long path or Origin than a log can use", () => {
    const world = services();
    const facts = { route: null, address: "192.0.2.1", user: null };
    const long = { path: `/${"p".repeat(8000)}`, origin: `https://${"o".repeat(16_000)}` };
    refuse({ code: "origin.malformed", detail: "d" }, { ...facts, ...long }, world);
    expect(world.events).toMatchObject([
      { path: `/${"p".repeat(511)}…`, origin: `https://${"o".repeat(504)}…` },
    ]);
  });

  it("ends with the first refusal, whose fields the peer gets, and tells it once", async () => {
    const world = services();
    const never: Guard = { name: "never", mode: "enforce", handshake: () => expect.unreachable() };
    const first: Guard = { name: "connectionLimit", mode: "enforce", handshake: () => refusal };
    const handshake = makeHandshake(
      { path: "/x", headers: ["Origin", "https://a.example"] },
      { identity: knownBy("cookie") },
    );
    const refused = await admit(handshake, [first, never], "/route", world);
    expect(refused).toMatchObject({ status: 429, headers: [["Retry-After", "1"]] });
    expect(world.events).toEqual([
      {
        type: "handshake",
        verdict: "refuse",
        incident: refused?.incident,
        guard: "connectionLimit",
        code: "connectionLimit.perAddress",
        status: 429,
        detail: "d",
        route: "/route",
        address: "192.0.2.1",
        user: "ada",
        path: "/x",
        origin: "https://a.example",
        arrival: {
          kind: "websocket",
          host: "app.example.com",
          secure: true,
          cookie: false,
          caller: {
            provider: "jwt",
            issuer: "https://id.example",
            tenant: null,
            credential: "cookie",
            until: null,
          },
        },
      },
    ]);
  });

  it("passes a challenge on with a 401 (RFC 9110 11.6.1)", async () => {
    const challenge = 'Bearer error="invalid_token"';
    const guard: Guard = {
      name: "identity",
      mode: "enforce",
      handshake: () => ({ verdict: "refuse", code: "identity.invalid", detail: "", challenge }),
    };
    expect(await admit(makeHandshake(), [guard], "/", services())).toMatchObject({
      status: 401,
      headers: [["WWW-Authenticate", challenge]],
    });
  });

  it("records what a guard in observe mode would have refused, and goes on", async () => {
    const world = services();
    const guard: Guard = {
      name: "connectionLimit",
      mode: "observe",
      handshake: () => refusal,
      admission: () => refusal,
    };
    expect(await admit(makeHandshake(), [guard], "/", world)).toBeNull();
    expect(world.events).toMatchObject([{ verdict: "observe" }, { verdict: "observe" }]);
  });

  it.each(["enforce", "observe"] as const)(
    "refuses with 500 when a guard fails, in %s mode too (fail closed)",
    async (mode) => {
      const failing = [
        () => {
          throw new Error("broken");
        },
        async () => await Promise.reject(new Error("broken")),
      ];
      for (const handshake of failing) {
        const world = services();
        expect(await admit(makeHandshake(), [{ name: "g", mode, handshake }], "/", world)).toMatchObject({
          status: 500,
        });
        expect(world.events).toMatchObject([
          {
            verdict: "refuse",
            code: "session.guard-failed",
            detail: expect.stringContaining("g: Error: broken"),
          },
        ]);
      }
    },
  );
});

describe("refuse", () => {
  it("answers with the status of the row, or with the one that is passed on", () => {
    const facts = { route: null, address: "", user: null, path: "", origin: null };
    expect(refuse({ code: "handshake.no-route", detail: "" }, facts, services()).status).toBe(404);
    expect(refuse({ code: "upstream.refused", detail: "", status: 418 }, facts, services()).status).toBe(418);
  });
});

describe("arrivalOf", () => {
  it("tells whom a proof named and when it ends, and neither its claims nor a cookie's value", () => {
    const { request } = makeHandshake({ headers: ["Cookie", "session=s3cret"] });
    const identity = { ...knownBy("cookie"), claims: { email: "ada@example.com" }, expiresAt: 1000 };
    const told = arrivalOf({ request, identity });
    expect(told).toMatchObject({ cookie: true, caller: { until: "1970-01-01T00:00:01.000Z" } });
    expect(JSON.stringify(told)).not.toMatch(/s3cret|ada/);
  });

  it("tells of a proof that ends after the last date", () => {
    const identity = { ...knownBy("cookie"), expiresAt: 1e18 };
    expect(arrivalOf({ ...makeHandshake(), identity }).caller?.until).toBe("+275760-09-13T00:00:00.000Z");
  });

  it("tells of nobody where nobody is known yet", () => {
    expect(arrivalOf(makeHandshake())).toMatchObject({ caller: null });
  });
});
