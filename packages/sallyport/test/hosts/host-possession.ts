import { describe, expect, it } from "vitest";
import { createKeyHolder, type KeyHolder } from "../proof-of-possession.ts";
import { guardServer, openClient, wsApplication, type GuardedServer } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens, type TestTokens } from "./test-tokens.ts";

const PAGE = "https://app.example.com";
const V1 = "sallyport.v1";

interface Scene {
  readonly guarded: GuardedServer;
  readonly application: ReturnType<typeof wsApplication>;
  readonly tokens: TestTokens;
  readonly holder: KeyHolder;
}

interface Ticketed {
  readonly ticket: string;
  readonly session: string;
  readonly refreshSecret: string;
}

/** A token that is bound to the key (RFC 9449 6.1), or, with `null`, to nothing. */
const tokenOf = async (
  { tokens, holder }: Scene,
  thumbprint: string | null = holder.thumbprint,
): Promise<string> =>
  await tokens.sign("ada", undefined, thumbprint === null ? {} : { cnf: { jkt: thumbprint } });

function post(
  { guarded }: Scene,
  name: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(`${guarded.url}/.sallyport/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Sallyport-Request": "1", Origin: PAGE, ...headers },
    body: JSON.stringify(body),
  });
}

/** Headers that present a token with a proof of the holder's key. */
async function presenting(
  { guarded, holder }: Scene,
  name: string,
  token: string,
  by: KeyHolder = holder,
): Promise<{ Authorization: string; DPoP: string }> {
  const DPoP = await by.prove("POST", `${guarded.url}/.sallyport/${name}`, { token });
  return { Authorization: `DPoP ${token}`, DPoP };
}

async function boundTicket(here: Scene): Promise<Ticketed> {
  const headers = await presenting(here, "ticket", await tokenOf(here));
  const response = await post(here, "ticket", { route: "/chat" }, headers);
  expect(response.status).toBe(200);
  // What it holds is what the tests look at.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return (await response.json()) as Ticketed;
}

/** Connects with a ticket, and with a proof over it where one is given. */
async function redeem(
  { guarded }: Scene,
  ticket: string,
  proof: string | null,
): ReturnType<typeof openClient> {
  const proofs = proof === null ? [] : [`sallyport.proof.${proof}`];
  const protocols = [`sallyport.ticket.${ticket}`, ...proofs, V1];
  return await openClient(`${guarded.wsUrl}/chat`, { protocols, origin: PAGE });
}

const proofOver = async ({ guarded, holder }: Scene, ticket: string): Promise<string> =>
  await holder.prove("GET", `${guarded.url}/chat`, { token: ticket });

/** Tokens and tickets that are bound to a key (RFC 9449). */
export function describePossession({ host }: HostOptions): void {
  async function scene(): Promise<Scene> {
    const tokens = await createTokens();
    const application = wsApplication();
    const routes = [{ path: "/chat", identity: tokens.identity, origin: { allow: [PAGE] } }];
    const guarded = await guardServer(host, application.server, { routes });
    return { tokens, application, guarded, holder: await createKeyHolder() };
  }

  describe("proof of possession", () => {
    it("gets a ticket for a bound token, redeems it with a proof over it, and shows neither to anybody", async () => {
      const here = await scene();
      const { ticket, session } = await boundTicket(here);
      const proof = await proofOver(here, ticket);
      const client = await redeem(here, ticket, proof);
      expect(client.protocol).toBe(V1);
      expect(await here.guarded.seen("open")).toMatchObject({ user: "ada", session });
      const [request] = here.application.requests;
      for (const text of [JSON.stringify(request?.rawHeaders), JSON.stringify(here.guarded.events)])
        expect(text).not.toMatch(new RegExp(`${ticket}|${proof}`, "u"));
    });

    it("refuses a bound token that comes alone, as a stolen one does: 401, and how to mend it", async () => {
      const here = await scene();
      const token = await tokenOf(here);
      const headers = { Authorization: `Bearer ${token}` };
      const response = await post(here, "ticket", { route: "/chat" }, headers);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^DPoP error="invalid_dpop_proof"/);
      await expect(openClient(`${here.guarded.wsUrl}/chat`, { headers })).rejects.toThrow("status 401");
      const entry = { protocols: [`sallyport.token.${token}`, V1], origin: PAGE };
      await expect(openClient(`${here.guarded.wsUrl}/chat`, entry)).rejects.toThrow("status 401");
    });

    it("refuses a proof of the thief's own key, and one that was used before", async () => {
      const here = await scene();
      const [token, thief] = [await tokenOf(here), await createKeyHolder()];
      const stolen = await presenting(here, "ticket", token, thief);
      expect((await post(here, "ticket", { route: "/chat" }, stolen)).status).toBe(401);
      const own = await presenting(here, "ticket", token);
      expect((await post(here, "ticket", { route: "/chat" }, own)).status).toBe(200);
      expect((await post(here, "ticket", { route: "/chat" }, own)).status).toBe(401);
    });

    it("takes a bound token at the upgrade itself, with its proof in the header or in an entry", async () => {
      const here = await scene();
      const token = await tokenOf(here);
      const proof = async (): Promise<string> => await proofOver(here, token);
      const headers = { Authorization: `DPoP ${token}`, DPoP: await proof() };
      await openClient(`${here.guarded.wsUrl}/chat`, { headers });
      const protocols = [`sallyport.token.${token}`, `sallyport.proof.${await proof()}`, V1];
      expect((await openClient(`${here.guarded.wsUrl}/chat`, { protocols, origin: PAGE })).protocol).toBe(V1);
    });

    it("refuses a bound ticket that comes alone, with a proof over something else, or of another key", async () => {
      const here = await scene();
      const thief = await createKeyHolder();
      const proofs: ((ticket: string) => Promise<string> | null)[] = [
        () => null,
        () => proofOver(here, "another ticket"),
        (ticket) => thief.prove("GET", `${here.guarded.url}/chat`, { token: ticket }),
        (ticket) => here.holder.prove("POST", `${here.guarded.url}/chat`, { token: ticket }),
        (ticket) => here.holder.prove("GET", `${here.guarded.url}/other`, { token: ticket }),
      ];
      for (const prove of proofs) {
        const { ticket } = await boundTicket(here);
        await expect(redeem(here, ticket, await prove(ticket))).rejects.toThrow("status 403");
      }
      const refused = here.guarded.events.filter(({ type }) => type === "handshake");
      expect(refused).toHaveLength(proofs.length);
      for (const event of refused) expect(event).toMatchObject({ code: "ticket.invalid" });
    });

    it("binds a ticket to the key that was proved with a token that is bound to none", async () => {
      const here = await scene();
      const token = await tokenOf(here, null);
      const proven = await presenting(here, "ticket", token);
      const headers = { ...proven, Authorization: `Bearer ${token}` };
      const response = await post(here, "ticket", { route: "/chat" }, headers);
      // eslint-disable-next-line typescript/no-unsafe-type-assertion
      const { ticket } = (await response.json()) as Ticketed;
      await expect(redeem(here, ticket, null)).rejects.toThrow("status 403");
    });

    it("refreshes a session for the key that its ticket was bound to alone", async () => {
      const here = await scene();
      const { ticket, session, refreshSecret } = await boundTicket(here);
      await redeem(here, ticket, await proofOver(here, ticket));
      const body = { session, refreshSecret };
      const unbound = await tokenOf(here, null);
      const other = await createKeyHolder();
      const stolen = await tokenOf(here, other.thumbprint);
      const bound = await tokenOf(here);
      const refused = [
        await post(here, "refresh", body, { Authorization: `Bearer ${unbound}` }),
        await post(here, "refresh", body, await presenting(here, "refresh", stolen, other)),
      ];
      expect(refused.map(({ status }) => status)).toEqual([403, 403]);
      const good = await post(here, "refresh", body, await presenting(here, "refresh", bound));
      expect(good.status).toBe(200);
    });
  });
}
