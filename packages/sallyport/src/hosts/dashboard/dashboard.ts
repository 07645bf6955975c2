import type { IncomingMessage, ServerResponse } from "node:http";
import { nobody, notForPages, refusal, tooMany, type AdminAccess } from "../admin/admin-access.ts";
import { pathOf } from "../admin/admin-exchange.ts";
import { answer } from "../well-known.ts";
import { readCookie, SESSION_COOKIE } from "./dashboard-cookie.ts";
import type { DashboardFiles } from "./dashboard-files.ts";
import type { OidcLogout } from "./oidc-logout.ts";
import type { OidcSignIn } from "./oidc-sign-in.ts";
import { sendPlainPage, servePage } from "./serve-page.ts";
import { serveSignIn, type PageReply } from "./sign-in.ts";

/** What the dashboard is made of. */
export interface DashboardOptions {
  readonly access: AdminAccess;
  readonly files: DashboardFiles;
  /** Of the package. */
  readonly version: string;
  /** `null`: there is no provider. */
  readonly oidc: OidcSignIn | null;
  /** Hears of sign-outs at the provider; likewise. */
  readonly logout: OidcLogout | null;
}

const PREFIX = "/dashboard/";

/** What is answered below `/dashboard/` beside the files of the page and its socket. */
export const dashboardPaths = ["session", "identity", "oidc/start", "oidc/callback", "oidc/logout"] as const;

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

const NO_DASHBOARD = {
  title: "No dashboard here",
  text: "Elsewhere than on loopback the dashboard needs admin.url, the https origin by which browsers call it.",
};

/** The dashboard's part of the admin address: its page, and who has signed in to it. */
export class Dashboard {
  readonly #options: DashboardOptions;

  constructor(options: DashboardOptions) {
    this.#options = options;
  }

  /** Serves `/` and what is below `/dashboard`. `false`: that is not the dashboard's. */
  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { page } = this.#options.access;
    const path = pathOf(incoming.url ?? "");
    const isRoot = path === "/" || path === "/dashboard";
    if (!isRoot && !path.startsWith(PREFIX)) return false;
    if (!page.servesHost(incoming.headers.host)) {
      reply(response, notForPages());
      return true;
    }
    if (!page.isKnown && path === "/") return false;
    if (!page.isKnown) sendPlainPage(response, 404, NO_DASHBOARD);
    else await this.#answer(isRoot ? "/" : path.slice(PREFIX.length), { incoming, response });
    return true;
  }

  /** @param path below `/dashboard/`; `/` leads there */
  async #answer(path: string, exchange: Exchange): Promise<void> {
    const { incoming, response } = exchange;
    const own = dashboardPaths.find((name) => name === path);
    switch (own) {
      case "session":
        return reply(response, await this.#session(incoming));
      case "identity":
        return reply(response, whoseSession(incoming, this.#options.access));
      case "oidc/logout":
        return await this.#logout(path, exchange);
      case "oidc/start":
      case "oidc/callback":
      case undefined:
        return await this.#page(path, own, exchange);
    }
  }

  #session(incoming: IncomingMessage): Promise<PageReply> {
    const { access, version, oidc } = this.#options;
    return serveSignIn(incoming, access, { version, hasOidc: oidc !== null });
  }

  /** What the provider calls, and no browser. */
  async #logout(path: string, exchange: Exchange): Promise<void> {
    const { access, logout } = this.#options;
    const { incoming, response } = exchange;
    if (logout === null) return await this.#page(path, undefined, exchange);
    if (isOfPage(incoming)) return reply(response, notForPages());
    const ms = access.limits.anybody("logout", nobody(incoming).address, access.now());
    if (ms > 0) return reply(response, tooMany("too many calls", ms));
    await logout.serve(exchange);
  }

  /** What a browser goes to. @param own what is no file of the page */
  async #page(
    path: string,
    own: "oidc/start" | "oidc/callback" | undefined,
    exchange: Exchange,
  ): Promise<void> {
    const { access, files, oidc } = this.#options;
    const { incoming, response } = exchange;
    const { method } = incoming;
    const ms = access.limits.anybody("dashboard", nobody(incoming).address, access.now());
    if (ms > 0) return reply(response, tooMany("too many calls", ms));
    if (method !== "GET" && method !== "HEAD")
      return answer(response, 405, { error: "not this method" }, { Allow: "GET, HEAD" });
    if (path === "/") return redirect(response, PREFIX);
    if (oidc !== null && method === "GET" && own === "oidc/start") return await oidc.start(exchange);
    if (oidc !== null && method === "GET" && own === "oidc/callback") return await oidc.callback(exchange);
    await servePage(files, path, exchange);
  }
}

/** What the guard of the dashboard's socket asks, with the cookie that came there. No page sees it. */
function whoseSession(incoming: IncomingMessage, { sessions, now }: AdminAccess): PageReply {
  if (isOfPage(incoming)) return notForPages();
  const { headers } = incoming;
  const id = readCookie(headers.cookie, SESSION_COOKIE);
  const session = id === null ? null : sessions.find(id);
  if (session === null) return refusal(401, "nobody has signed in");
  const { key, caller, endsAt } = session;
  const expiresAt = new Date(Date.now() + endsAt - now()).toISOString();
  return { status: 200, body: { user: caller.name, expiresAt, claims: { session: key } } };
}

/** Browsers say so. */
function isOfPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
}

function reply(response: ServerResponse, { status, body, headers }: PageReply): void {
  answer(response, status, body, headers);
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { Location: location, "Cache-Control": "no-store" });
  response.end();
}
