import { describe, expect, it } from "vitest";
import {
  admit,
  anonymous,
  knownBy,
  makeGuard,
  makeHandshake,
  makeServices,
  outcome,
  problemsOf,
  shake,
} from "../../test/handshake-fixture.ts";
import { createKeyHolder, type KeyHolder } from "../../test/proof-of-possession.ts";
import type { Guard, GuardServices, Handshake, Identity } from "./guard.ts";
import { keepProof, proofOf } from "./identity-proof.ts";
import type { IssuedTicket } from "./shared-state.ts";
import { ticket } from "./ticket.ts";

const PAGE = "https://app.example.com";
const ada = knownBy("authorization");

const issued = (parts: Partial<IssuedTicket> = {}): IssuedTicket => ({
  identity: ada,
  route: "/chat",
  origin: PAGE,
  session: "session-1",
  refreshHash: "hash",
  keyThumbprint: null,
  expiresAt: 10_000,
  ...parts,
});

const services: Partial<GuardServices> = { route: "/chat" };
const withTicket = (text: string, parts: Parameters<typeof makeHandshake>[0] = {}): Handshake =>
  makeHandshake({
    subprotocols: ["chat", `sallyport.ticket.${text}`],
    headers: ["Origin", PAGE],
    ...parts,
  });

/** The subprotocol entry with a proof over a ticket. */
const prove = async (by: KeyHolder, token = "t"): Promise<string> =>
  `sallyport.proof.${await by.prove("GET", "https://app.example.com/", { token })}`;

/** A guard that has issued one ticket, `t`. */
async function issuing(parts: Partial<IssuedTicket> = {}, options: unknown = "accept"): Promise<Guard> {
  const guard = await makeGuard(ticket, options, services);
  expect(await guard.ticketing?.issue("t", issued(parts), 0)).toBe(true);
  return guard;
}

/** What becomes of a caller where a ticket is required. */
async function tried(
  identity: Identity | null,
  headers: readonly string[],
  kind: "websocket" | "http" = "websocket",
): Promise<string> {
  return outcome(await admit(await issuing({}, "require"), makeHandshake({ headers, kind }, { identity })));
}

describe("ticket", () => {
  it("brings the identity that it was issued for, its session and the digest of its refresh secret", async () => {
    const handshake = withTicket("t");
    expect(outcome(await shake(await issuing(), handshake))).toBe("pass");
    expect(handshake.identity).toEqual({ ...ada, credential: "ticket" });
    expect(handshake.ticket).toEqual({ session: "session-1", refreshHash: "hash", keyThumbprint: null });
  });

  it("brings the fingerprint of the credential that it was issued for, where there is one", async () => {
    const [withOne, without] = [withTicket("t"), withTicket("t")];
    await shake(await issuing({ fingerprint: "print" }), withOne);
    await shake(await issuing(), without);
    expect([withOne.fingerprint, without.fingerprint]).toEqual(["print", undefined]);
  });

  it("carries the credential behind the identity, sealed for whoever holds the ticket alone", async () => {
    const kept: IssuedTicket[] = [];
    const { tickets } = makeServices();
    const guard = await makeGuard(ticket, "accept", {
      ...services,
      tickets: {
        ...tickets,
        put: (key, issuedTicket, wallNow) => {
          // As plain data, as another process gets it.
          kept.push(issuedTicket);
          return tickets.put(key, JSON.parse(JSON.stringify(issuedTicket)) as IssuedTicket, wallNow);
        },
      },
    });
    const identity = { ...ada, claims: { sub: "ada" } };
    keepProof(identity, "an opaque token");
    await guard.ticketing?.issue("t", issued({ identity }), 0);
    expect(JSON.stringify(kept)).not.toContain("an opaque token");
    const handshake = withTicket("t");
    expect(outcome(await shake(guard, handshake))).toBe("pass");
    expect(handshake.identity === null ? null : proofOf(handshake.identity)).toBe("an opaque token");
  });

  it("that is bound to a key wants a fresh proof of that key over this ticket (RFC 9449)", async () => {
    const holder = await createKeyHolder("ES256", () => 0);
    const other = await createKeyHolder("ES256", () => 0);
    const redeemed = async (
      proofs: readonly string[],
      more: Partial<GuardServices> = {},
    ): Promise<unknown> => {
      const guard = await makeGuard(ticket, "accept", { ...services, ...more });
      await guard.ticketing?.issue("t", issued({ keyThumbprint: holder.thumbprint }), 0);
      const handshake = withTicket("t", { subprotocols: ["sallyport.ticket.t", ...proofs] });
      const verdict = await shake(guard, handshake);
      return "detail" in verdict ? `${verdict.code}: ${verdict.detail}` : handshake.ticket?.keyThumbprint;
    };
    const good = await prove(holder);
    expect(await redeemed([good])).toBe(holder.thumbprint);
    expect(await redeemed([])).toContain("ticket.invalid: it is bound to a key");
    expect(await redeemed([good, await prove(other)])).toContain("ticket.invalid: 2 proofs");
    expect(await redeemed([await prove(other)])).toContain("ticket.invalid: it is bound to another key");
    expect(await redeemed([await prove(holder, "u")])).toContain(
      "ticket.invalid: proof of possession: claim ath",
    );
    const { tickets } = makeServices();
    const out = { tickets: { ...tickets, useOnce: () => Promise.reject(new Error("no state")) } };
    expect(await redeemed([good], out)).toBe("ticket.unavailable: no state");
  });

  it("is taken out of what goes on, from the subprotocols and the query, redeemed or not", async () => {
    const guard = await issuing();
    const handshake = withTicket("wrong");
    await shake(guard, handshake);
    expect(handshake.subprotocols).toEqual(["chat"]);
    expect([...handshake.strippedQuery]).toEqual(["sallyport-ticket"]);
  });

  it("is found in the query", async () => {
    const handshake = makeHandshake({ query: "a=1&sallyport-ticket=t", headers: ["Origin", PAGE] });
    expect(outcome(await shake(await issuing(), handshake))).toBe("pass");
    expect(handshake.identity?.user).toBe("ada");
  });

  it("is redeemed once", async () => {
    const guard = await issuing();
    const outcomes = [await shake(guard, withTicket("t")), await shake(guard, withTicket("t"))].map(outcome);
    expect(outcomes).toEqual(["pass", "ticket.invalid"]);
  });

  it.each<[string, Partial<IssuedTicket>, Handshake]>([
    ["for another route", { route: "/admin" }, withTicket("t")],
    ["for another page", { origin: "https://other.example.com" }, withTicket("t")],
    ["for a page, from a client without an Origin", {}, withTicket("t", { headers: [] })],
    ["for a client without an Origin, from a page", { origin: null }, withTicket("t")],
    ["for a proof that has ended", { identity: { ...ada, expiresAt: 0 } }, withTicket("t")],
    ["that is too old", { expiresAt: 0 }, withTicket("t")],
    ["that nobody issued", {}, withTicket("u")],
    ["that is empty", {}, withTicket("")],
    ["beside another", {}, withTicket("t", { query: "sallyport-ticket=t" })],
  ])("refuses one %s", async (_name, parts, handshake) => {
    expect(outcome(await shake(await issuing(parts), handshake))).toBe("ticket.invalid");
    expect(handshake.identity).toBeNull();
  });

  it("never shows a ticket to the operator", async () => {
    const verdict = await shake(await issuing(), withTicket("secret-of-a-ticket"));
    expect(JSON.stringify(verdict)).not.toContain("secret-of-a-ticket");
  });

  it("refuses everybody who presents one while tickets cannot be looked up (fail closed)", async () => {
    for (const cause of [new Error("connection lost"), "connection lost"]) {
      const tickets = { ...makeServices().tickets, take: () => Promise.reject(cause) };
      const guard = await makeGuard(ticket, "accept", { ...services, tickets });
      expect(await shake(guard, withTicket("t"))).toMatchObject({
        code: "ticket.unavailable",
        detail: "connection lost",
        retryAfterS: 5,
      });
    }
  });

  it("lets a plain request keep its ticket for the connection", async () => {
    const guard = await issuing();
    expect(outcome(await shake(guard, withTicket("t", { kind: "http" })))).toBe("pass");
    expect(outcome(await shake(guard, withTicket("t")))).toBe("pass");
  });

  describe("required", () => {
    it.each<[string, Identity | null, readonly string[], string]>([
      ["a ticket", knownBy("ticket"), ["Origin", PAGE], "pass"],
      ["a token of its own and no Origin", ada, [], "pass"],
      ["a client certificate and no Origin", knownBy("certificate"), [], "pass"],
      ["a token that a page sends", ada, ["Origin", PAGE], "ticket.required"],
      ["a cookie, stolen or not", knownBy("cookie"), [], "ticket.required"],
      ["nothing", anonymous, [], "ticket.required"],
      ["nothing at all", null, [], "ticket.required"],
    ])("%s: %s", async (_name, identity, headers, expected) => {
      expect(await tried(identity, headers)).toBe(expected);
    });

    it("does not ask it of plain requests, by which a ticket is fetched", async () => {
      expect(await tried(knownBy("cookie"), ["Origin", PAGE], "http")).toBe("pass");
    });
  });

  it("asks nothing more of anybody where it is accepted only", async () => {
    const handshake = makeHandshake({}, { identity: knownBy("cookie") });
    expect(outcome(await admit(await issuing(), handshake))).toBe("pass");
  });

  it("takes its options in short or in full, and says how long a ticket lives", async () => {
    expect((await makeGuard(ticket, undefined, services)).ticketing?.lifeMs).toBe(10_000);
    const guard = await makeGuard(ticket, { use: "require", life: "30s", mode: "observe" }, services);
    expect([guard.ticketing?.lifeMs, guard.mode]).toEqual([30_000, "observe"]);
    expect(problemsOf(ticket, "sometimes")).toEqual([
      "expected `accept`, `require`, `off`, or `{ use, life, heartbeat }`",
    ]);
    expect(problemsOf(ticket, { life: "10m" })).not.toEqual([]);
  });

  it("counts what it issues, redeems and refuses", async () => {
    const counted: string[] = [];
    const guard = await makeGuard(ticket, "accept", {
      route: "/chat",
      count: (route, { what, how }) => void counted.push(`${route} ${what} ${how}`),
    });
    expect(await guard.ticketing?.issue("t", issued(), 0)).toBe(true);
    await shake(guard, withTicket("t"));
    await shake(guard, withTicket("t"));
    await shake(guard, makeHandshake());
    expect(counted).toEqual(["/chat ticket issued", "/chat ticket redeemed", "/chat ticket refused"]);
  });

  it("counts no ticket for which there is no room", async () => {
    const counted: unknown[] = [];
    const full = { put: async () => false, take: async () => null, useOnce: async () => false };
    const guard = await makeGuard(ticket, "accept", {
      tickets: full,
      count: (...all) => void counted.push(all),
    });
    expect(await guard.ticketing?.issue("t", issued(), 0)).toBe(false);
    expect(counted).toEqual([]);
  });
});
