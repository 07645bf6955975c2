import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AdminOidcConfig } from "../../policy/admin-options.ts";
import type { SallyportEvent } from "../../events.ts";
import type { AdminAccess } from "../admin/admin-access.ts";
import { OidcSignIn } from "./oidc-sign-in.ts";
import { OwnPage } from "./own-page.ts";

const ISSUER = "https://id.example";
const config: AdminOidcConfig = {
  issuer: ISSUER,
  clientId: "the-gate",
  clientSecretFile: null,
  roleClaim: "groups",
  roles: { ops: "operator" },
  scope: [],
  recheck: 60_000,
  life: 3_600_000,
};

afterEach(() => void vi.unstubAllGlobals());

/** Begins and ends sign-ins from an address; what the log was told. */
class Stage {
  readonly told: string[] = [];
  readonly #signIn: OidcSignIn;

  constructor() {
    vi.stubGlobal("fetch", async () =>
      Response.json({ issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize` }),
    );
    const access: Partial<AdminAccess> = {
      page: new OwnPage("0.0.0.0", "https://gate.example"),
      now: () => 0,
      emit: (event: SallyportEvent) => void (event.type === "admin" && this.told.push(event.detail)),
    };
    // Of what the admin address is made of it uses no more.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.#signIn = new OidcSignIn(config, access as AdminAccess);
  }

  /** Answers the cookie of the browser that began. */
  async begin(address: string): Promise<string> {
    const fields = await this.#ask("start", address, "");
    return String(fields["Set-Cookie"]).split(";", 1)[0] ?? "";
  }

  async comeBack(address: string, cookie: string): Promise<void> {
    await this.#ask("callback", address, cookie);
  }

  async #ask(what: "start" | "callback", address: string, cookie: string): Promise<Record<string, unknown>> {
    const fields: Record<string, unknown> = {};
    const incoming = {
      headers: { host: "gate.example", cookie },
      socket: { remoteAddress: address },
      method: "GET",
      url: `/dashboard/oidc/${what}?code=c&state=another`,
    };
    const response = {
      setHeader: () => response,
      writeHead: (_status: number, more: object) => Object.assign(fields, more),
      end: () => response,
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const exchange = { incoming, response } as unknown as {
      readonly incoming: IncomingMessage;
      readonly response: ServerResponse;
    };
    await this.#signIn[what](exchange);
    return fields;
  }
}

describe("OidcSignIn", () => {
  it("gives up no sign-in that is under way for those that another address begins without end (CWE-770)", async () => {
    const stage = new Stage();
    const cookie = await stage.begin("203.0.113.1");
    const first = await stage.begin("203.0.113.2");
    for (let count = 0; count < 1000; count++) await stage.begin("203.0.113.2");
    await stage.comeBack("203.0.113.1", cookie);
    await stage.comeBack("203.0.113.2", first);
    expect(stage.told[0]).toMatch(/^the provider's answer: .*"state"/);
    expect(stage.told[1]).toContain("no sign-in was begun in this browser");
  });

  it("keeps a thousand in all, the newest", async () => {
    const stage = new Stage();
    const cookie = await stage.begin("203.0.113.1");
    for (let count = 0; count < 1000; count++) await stage.begin(`192.0.2.${count % 250}`);
    await stage.comeBack("203.0.113.1", cookie);
    expect(stage.told).toEqual([expect.stringContaining("no sign-in was begun in this browser")]);
  });
});
