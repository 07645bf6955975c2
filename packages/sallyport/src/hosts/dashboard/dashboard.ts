import type { IncomingMessage, ServerResponse } from "node:http";
import { notForPages, refusal, tooMany, type AdminAccess } from "../admin/admin-access.ts";
import { pathOf } from "../admin/admin-exchange.ts";
import { answer } from "../well-known.ts";
import { readCookie, SESSION_COOKIE } from "./dashboard-cookie.ts";
import type { DashboardFiles } from "./dashboard-files.ts";
import { IDENTITY_PATH } from "./live-policy.ts";
import { sendPlainPage, servePage } from "./serve-page.ts";
import { serveSignIn, type PageReply } from "./sign-in.ts";

/** What the dashboard is made of. */
export interface DashboardOptions {
  readonly access: AdminAccess;
  readonly files: DashboardFiles;
  /** Of the package. */
  readonly version: string;
}

const PREFIX = "/dashboard/";

/** The dashboard's part of the admin address: its page, and who has signed in to it. */
export class Dashboard {
  readonly #options: DashboardOptions;

  constructor(options: DashboardOptions) {
    this.#options = options;
  }

  /** Serves `/` and what is below `/dashboard`. `false`: that is not the dashboard's. */
  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { access } = this.#options;
    const path = pathOf(incoming.url ?? "");
    const isRoot = path === "/" || path === "/dashboard";
    if (!isRoot && !path.startsWith(PREFIX)) return false;
    const { page, limits, now } = access;
    if (!page.servesHost(incoming.headers.host)) {
      reply(response, notForPages());
      return true;
    }
    if (!page.isKnown) {
      if (path === "/") return false;
      const text =
        "Elsewhere than on loopback the dashboard needs admin.url, the https origin by which browsers call it.";
      sendPlainPage(response, 404, { title: "No dashboard here", text });
      return true;
    }
    if (path === `${PREFIX}session`) {
      const { version } = this.#options;
      reply(response, await serveSignIn(incoming, access, { version, hasOidc: false }));
      return true;
    }
    if (path === IDENTITY_PATH) {
      reply(response, whoseSession(incoming, access));
      return true;
    }
    const ms = limits.call("anybody: dashboard", now());
    if (ms > 0) reply(response, tooMany("too many calls", ms));
    else if (incoming.method !== "GET" && incoming.method !== "HEAD")
      answer(response, 405, { error: "not this method" }, { Allow: "GET, HEAD" });
    else if (isRoot) redirect(response, PREFIX);
    else await servePage(this.#options.files, path.slice(PREFIX.length), { incoming, response });
    return true;
  }
}

/** What the guard of the dashboard's socket asks, with the cookie that came there. No page sees it. */
function whoseSession({ headers }: IncomingMessage, { sessions, now }: AdminAccess): PageReply {
  if (headers.origin !== undefined || headers["sec-fetch-site"] !== undefined) return notForPages();
  const id = readCookie(headers.cookie, SESSION_COOKIE);
  const session = id === null ? null : sessions.find(id);
  if (session === null) return refusal(401, "nobody has signed in");
  const { key, caller, endsAt } = session;
  const expiresAt = new Date(Date.now() + endsAt - now()).toISOString();
  return { status: 200, body: { user: caller.name, expiresAt, claims: { session: key } } };
}

function reply(response: ServerResponse, { status, body, headers }: PageReply): void {
  answer(response, status, body, headers);
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { Location: location, "Cache-Control": "no-store" });
  response.end();
}
