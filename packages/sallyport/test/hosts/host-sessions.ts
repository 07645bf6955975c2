import { describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { closed, guardServer, nextMessage, openClient, type GuardedServer } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { startSessionApplication, type SessionApplication } from "./session-application.ts";

const PAGE = "https://app.example.com";

interface Scene {
  readonly application: SessionApplication;
  readonly guarded: GuardedServer;
}

const connect = async (
  { guarded }: Scene,
  cookie: string,
  headers: Readonly<Record<string, string>> = { Origin: PAGE },
): Promise<WebSocket> =>
  await openClient(`${guarded.wsUrl}/chat`, { headers: { ...headers, Cookie: `theme=dark; ${cookie}` } });

/** The application's own sessions, of Express with express-session. */
export function describeSessions({ host }: HostOptions): void {
  async function scene(route: Partial<AttachRouteInput> = {}, recheck = "200ms"): Promise<Scene> {
    const application = await startSessionApplication({ sameSite: "lax" });
    const identity = { session: { url: application.sessionUrl, cookie: "sid", recheck } };
    const routes = [{ path: "/chat", identity, origin: { allow: [PAGE] }, ...route }];
    return { application, guarded: await guardServer(host, application.server, { routes }) };
  }

  describe("the application's own session", () => {
    it("lets a page in whose visitor has signed in, and shows the application that cookie alone", async () => {
      const here = await scene();
      const client = await connect(here, await here.application.signIn("ada"));
      expect(await here.guarded.seen("open")).toMatchObject({ user: "ada" });
      client.send("hello");
      expect(String((await nextMessage(client)).data)).toBe("hello");
      expect(here.application.asked[0]).toMatch(/^sid=[^;]+$/);
    });

    it("closes the connection soon after the visitor has signed out: 4540", async () => {
      const here = await scene();
      const [ada, eve] = [await here.application.signIn("ada"), await here.application.signIn("eve")];
      const [client, other] = [await connect(here, ada), await connect(here, eve)];
      const gone = closed(client);
      await here.application.signOut(ada);
      expect((await gone).code).toBe(4540);
      expect(await here.guarded.seen("decision")).toMatchObject({ code: "identity.withdrawn" });
      expect(other.readyState).toBe(other.OPEN);
      await expect(connect(here, ada)).rejects.toThrow("status 401");
      expect(JSON.stringify(here.guarded.events)).not.toContain(ada.slice(4));
    });

    it("refuses nobody's cookie: 401; and a foreign page's, or none's, with a good one: 403 (CWE-1385)", async () => {
      const here = await scene();
      const cookie = await here.application.signIn("ada");
      await expect(connect(here, "sid=made-up")).rejects.toThrow("status 401");
      await expect(connect(here, cookie, { Origin: "https://evil.example" })).rejects.toThrow("status 403");
      await expect(connect(here, cookie, {})).rejects.toThrow("status 403");
      const codes = here.guarded.events.flatMap((event) => (event.type === "handshake" ? [event.code] : []));
      expect(codes).toEqual(["identity.invalid", "origin.foreign", "origin.missing"]);
    });

    it("keeps what is open, and refuses new ones with 503, while the application cannot say", async () => {
      const here = await scene();
      const cookie = await here.application.signIn("ada");
      const client = await connect(here, cookie);
      here.application.works = false;
      await here.guarded.seen("gate", ({ level }) => level === "warn");
      await expect(connect(here, cookie)).rejects.toThrow("status 503");
      client.send("still here");
      expect(String((await nextMessage(client)).data)).toBe("still here");
    });

    it("with `ticket: require`, makes a stolen cookie useless, and asks about what a ticket opened", async () => {
      const here = await scene({ ticket: "require" });
      const cookie = await here.application.signIn("ada");
      await expect(connect(here, cookie)).rejects.toThrow("status 403");
      const response = await fetch(`${here.guarded.url}/.sallyport/ticket`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "Sallyport-Request": "1",
          Origin: PAGE,
          Cookie: cookie,
        },
        body: JSON.stringify({ route: "/chat" }),
      });
      // What it holds is what is tested.
      // eslint-disable-next-line typescript/no-unsafe-type-assertion
      const { ticket } = (await response.json()) as { readonly ticket: string };
      const protocols = [`sallyport.ticket.${ticket}`, "sallyport.v1"];
      const client = await openClient(`${here.guarded.wsUrl}/chat`, { protocols, origin: PAGE });
      const gone = closed(client);
      await here.application.signOut(cookie);
      expect((await gone).code).toBe(4540);
    });
  });
}
