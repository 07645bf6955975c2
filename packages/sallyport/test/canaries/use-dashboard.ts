import assert from "node:assert/strict";
import { once } from "node:events";
import { onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { adminRoutes } from "../../src/hosts/admin/admin-routes.ts";
import { dashboardPaths } from "../../src/hosts/dashboard/dashboard.ts";
import type { LiveMessage, LiveRequest } from "../../src/hosts/dashboard/live-message.ts";
import { adminRoles, type AdminRole } from "../../src/policy/admin-options.ts";
import { connectRaw, op, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";
import type { Canaries } from "./canary.ts";
import { dashboardCalls, type DashboardCall } from "./dashboard-calls.ts";
import type { OpenIdProvider } from "./openid-provider.ts";
import type { Outputs } from "./outputs.ts";
import type { Planted } from "./planted.ts";
import { PAGE } from "./visits.ts";

/** What the dashboard is used with. */
export interface DashboardUse {
  /** The admin address. */
  readonly url: string;
  readonly planted: Planted;
  readonly canaries: Canaries;
  readonly outputs: Outputs;
  readonly provider: OpenIdProvider;
}

/** Whoever may read contents, where they say why. */
const READERS: ReadonlySet<AdminRole> = new Set(["investigator", "admin"]);

/** What of an answer is about cookies is an output of its own: whoever signed in gets one. */
interface Answered {
  readonly status: number;
  readonly text: string;
  readonly location: string;
  readonly cookies: readonly string[];
}

/** The dashboard of a gate, used as its page uses it, in each role, and as nobody should. */
export class UsedDashboard {
  readonly #use: DashboardUse;
  readonly #cookies = new Map<AdminRole, string>();
  readonly #sockets: WebSocket[] = [];
  #peer: RawPeer | null = null;

  constructor(use: DashboardUse) {
    this.#use = use;
  }

  /** Signs everybody in, and listens to every topic from now on. @param port of the gate */
  async open(port: number): Promise<void> {
    const { planted, url } = this.#use;
    this.#peer = await openConnection(port, planted);
    for (const role of adminRoles) this.#cookies.set(role, await this.#signIn(role));
    const page = { "Sallyport-Request": "1", Origin: url };
    const wrong = { token: planted.plant("a wrong token for the dashboard") };
    for (const body of [JSON.stringify(wrong), `{"token": ${wrong.token}`, "{}"])
      await this.#ask("sign-in", "POST", { path: "/dashboard/session", body, headers: page });
    await this.#signInByProvider();
    for (const role of adminRoles) await this.#listen(role);
  }

  /** Calls every route in every role; none can be left out. */
  async callEverything(incidents: readonly string[]): Promise<void> {
    const { planted, outputs, url } = this.#use;
    const headers = { "Sallyport-Request": "1", Origin: url };
    const sessions = await this.#journalSessions();
    const open = await this.#openSession();
    for (const socket of this.#sockets) socket.send(subscription(open));
    const calls = dashboardCalls({ incidents, open, sessions }, planted);
    const routes = adminRoutes("0");
    assert.deepEqual(routes.map(({ id }) => id).toSorted(), Object.keys(calls).toSorted());
    for (const role of adminRoles)
      for (const { id, method } of routes)
        for (const call of calls[id] ?? []) {
          if (call.roles?.includes(role) === false) continue;
          const place =
            READERS.has(role) && call.path.includes("reason=") ? "dashboard, contents" : "dashboard";
          const asked = { ...call, headers: { ...headers, Cookie: this.#cookieOf(role) } };
          await this.#ask(`${role}: ${id}`, method, { ...asked, place });
        }
    // What only the page asks for, with a cookie, with a wrong one, and without; by other methods than its own too.
    const cookies = [
      this.#cookieOf("viewer"),
      `__Host-sallyport=${planted.plant("a cookie that is none")}z`,
      `theme=${planted.plant("another cookie of the dashboard")}`,
    ];
    for (const path of [...dashboardPaths, "live", "", "nothing.js", "assets/none-abcdefgh.js"])
      for (const method of ["GET", "PUT"])
        for (const Cookie of cookies) {
          const query = `?secret=${planted.plant("a query of the dashboard")}`;
          const asked = { path: `/dashboard/${path}${query}`, headers: { Cookie } };
          await this.#ask(`nobody: ${path}`, method, asked);
          await this.#ask(`page: ${path}`, method, { ...asked, headers: { ...headers, Cookie } });
        }
    // No kind of message that its type knows can be left out.
    const kinds: Readonly<Record<LiveMessage["type"], true>> = {
      hello: true,
      history: true,
      sample: true,
      events: true,
      session: true,
      problems: true,
    };
    await vi.waitUntil(
      () => {
        const live = outputs.of("dashboard, live");
        return Object.keys(kinds).every((kind) => live.includes(`"type":"${kind}"`));
      },
      { timeout: 20_000 },
    );
  }

  /** Ends the gate by its dashboard. */
  async drain(): Promise<void> {
    const headers = { "Sallyport-Request": "1", Cookie: this.#cookieOf("admin") };
    const { status } = await this.#ask("admin: drain", "POST", { path: "/drain", headers });
    assert.equal(status, 202);
    this.#peer?.socket.destroy();
  }

  async #signIn(role: AdminRole): Promise<string> {
    const { planted, url } = this.#use;
    const body = { token: planted.adminTokens[role] };
    const headers = { "Sallyport-Request": "1", Origin: url };
    const asked = { path: "/dashboard/session", body, headers };
    const { status, cookies } = await this.#ask(`sign-in: ${role}`, "POST", asked);
    assert.equal(status, 200, role);
    return this.#adopt("a session of the dashboard", cookies);
  }

  /** By OpenID: once well, and in each way in which it does not go well. */
  async #signInByProvider(): Promise<void> {
    const { planted, provider, canaries, outputs } = this.#use;
    const begin = async (): Promise<{ readonly state: string; readonly Cookie: string }> => {
      const { location, cookies } = await this.#ask("start", "GET", { path: "/dashboard/oidc/start" });
      outputs.add("dashboard, where to sign in", location);
      const { searchParams } = new URL(location);
      provider.nonce = canaries.adopt("a nonce", searchParams.get("nonce") ?? "");
      const state = canaries.adopt("a state", searchParams.get("state") ?? "");
      return { state, Cookie: this.#adopt("a sign-in of the dashboard", cookies) };
    };
    const back = async (query: Readonly<Record<string, string>>, Cookie?: string): Promise<Answered> => {
      const path = `/dashboard/oidc/callback?${new URLSearchParams(query).toString()}`;
      return await this.#ask("callback", "GET", { path, headers: Cookie === undefined ? {} : { Cookie } });
    };
    const { state, Cookie } = await begin();
    const { status, cookies } = await back({ code: provider.code, state }, Cookie);
    assert.equal(status, 302);
    this.#adopt("a session of the dashboard", cookies);
    await back({ code: planted.plant("a code without a cookie"), state });
    const second = await begin();
    await back({ code: planted.plant("a code that is none"), state: second.state }, second.Cookie);
    const third = await begin();
    const wrong = planted.plant("a state that is none");
    await back({ code: planted.plant("a code with a wrong state"), state: wrong }, third.Cookie);
    const fourth = await begin();
    const why = planted.plant("why the provider lets nobody in");
    await back({ error: "access_denied", error_description: why, state: fourth.state }, fourth.Cookie);
  }

  async #listen(role: AdminRole): Promise<void> {
    const { url, outputs } = this.#use;
    const Cookie = this.#cookieOf(role);
    const socket = new WebSocket(`${url.replace("http:", "ws:")}/dashboard/live`, {
      headers: { Cookie, Origin: url },
    });
    onTestFinished(() => socket.terminate());
    socket.on("upgrade", ({ rawHeaders }) => outputs.add("dashboard", rawHeaders.join("\n")));
    socket.on("message", (data: Buffer) => outputs.add("dashboard, live", data));
    await once(socket, "open");
    socket.send(subscription());
    this.#sockets.push(socket);
    await once(socket, "message");
  }

  /** The session of the connection that is open all the while. */
  async #openSession(): Promise<string> {
    const headers = { "Sallyport-Request": "1", Cookie: this.#cookieOf("viewer") };
    const { text } = await this.#ask("viewer: sessions", "GET", { path: "/sessions", headers });
    const { sessions }: { readonly sessions: readonly { readonly session: string }[] } = JSON.parse(text);
    assert.ok(sessions.length > 0);
    return sessions[0]?.session ?? "";
  }

  /** Of the journal, one of each route on which something was said. */
  async #journalSessions(): Promise<readonly string[]> {
    const headers = { "Sallyport-Request": "1", Cookie: this.#cookieOf("viewer") };
    const path = "/journal/search?type=message&limit=500";
    const { text } = await this.#ask("viewer: search", "GET", { path, headers });
    const { rows }: { readonly rows: readonly { readonly session: string; readonly route: string }[] } =
      JSON.parse(text);
    return [...new Map(rows.map(({ session, route }) => [route, session] as const)).values()];
  }

  async #ask(
    what: string,
    method: string,
    {
      path,
      body,
      headers = {},
      place = "dashboard",
    }: DashboardCall & { readonly headers?: Readonly<Record<string, string>>; readonly place?: string },
  ): Promise<Answered> {
    const { url, outputs } = this.#use;
    const written = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(url + path, {
      method,
      headers,
      redirect: "manual",
      ...(written === undefined || method === "GET" ? {} : { body: written }),
    });
    const text = await answer.text();
    const cookies = answer.headers.getSetCookie();
    const location = answer.headers.get("location") ?? "";
    const fields = [...answer.headers].filter(([name]) => name !== "set-cookie" && name !== "location");
    outputs.add(place, `${what} ${answer.status}\n${fields.join("\n")}\n\n${text}`);
    outputs.add("dashboard cookies", cookies.join("\n"));
    if (!location.startsWith(this.#use.provider.issuer)) outputs.add("dashboard", location);
    return { status: answer.status, text, location, cookies };
  }

  /** Takes what was set as what must not be seen again. Answers it as it is sent. */
  #adopt(name: string, cookies: readonly string[]): string {
    const [pair = ""] = (cookies[0] ?? "").split(";", 1);
    this.#use.canaries.adopt(name, pair.slice(pair.indexOf("=") + 1));
    return pair;
  }

  #cookieOf(role: AdminRole): string {
    return this.#cookies.get(role) ?? "";
  }
}

/** All that there is to hear. */
function subscription(session?: string): string {
  const all: LiveRequest = { type: "subscribe", topics: ["samples", "events"], session };
  return JSON.stringify(all);
}

/** Somebody who is connected while the dashboard looks, with secrets wherever there can be one. */
async function openConnection(port: number, planted: Planted): Promise<RawPeer> {
  const peer = await connectRaw(port);
  const lines = [
    `Origin: ${PAGE}`,
    "Sec-WebSocket-Protocol: chat",
    `Authorization: Bearer ${await planted.token("Authorization")}`,
    `Cookie: theme=${planted.plant("another cookie")}`,
    `User-Agent: ${planted.plant("the user agent")}`,
  ];
  const target = `/chat?plain=${planted.plant("the query")}`;
  await peer.send(upgradeRequest({ target, lines })).head();
  peer.frame(op.text, `{"type":"say","text":"${planted.plant("a message")}"}`);
  await peer.readFrame();
  return peer;
}
