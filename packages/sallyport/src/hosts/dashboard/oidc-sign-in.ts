import type { IncomingMessage, ServerResponse } from "node:http";
import { addressKey } from "../../guards/address-table.ts";
import { describeFailure } from "../../guards/bounded-fetch.ts";
import type { AdminOidcConfig } from "../../policy/admin-options.ts";
import { nobody, record, type AdminAccess, type Asked } from "../admin/admin-access.ts";
import type { AdminCaller } from "../admin/admin-tokens.ts";
import {
  dropCookie,
  keyOfCookie,
  newCookieValue,
  readCookie,
  SESSION_COOKIE,
  setCookie,
  SIGN_IN_COOKIE,
} from "./dashboard-cookie.ts";
import type { SessionEnd, SessionOwner } from "./dashboard-sessions.ts";
import { OidcClient, type BegunSignIn } from "./oidc-client.ts";
import { OidcRecheck } from "./oidc-recheck.ts";
import { pageHeaders } from "./page-headers.ts";
import { sendPlainPage } from "./serve-page.ts";

/** Sign-ins that are under way at once, in all and from one address; the oldest are given up. */
const [MAX_BEGUN, MAX_BEGUN_OF_ONE] = [1000, 100];
const BEGUN_WITHIN_MS = 600_000;
const CALLBACK = "/dashboard/oidc/callback";

interface Begun extends BegunSignIn {
  readonly until: number;
  /** From where, as limits count it. */
  readonly from: string;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Signs in by an OpenID provider: `start` sends the browser there, `callback` takes it back. What was begun is bound to the browser that began
 * it by a cookie, so that nobody is signed in as somebody else (RFC 9700 2.1), is used once, and given up after ten minutes.
 */
export class OidcSignIn {
  readonly #access: AdminAccess;
  readonly #config: AdminOidcConfig;
  readonly #client: OidcClient;
  readonly #recheck: OidcRecheck;
  readonly #begun = new Map<string, Begun>();

  constructor(config: AdminOidcConfig, access: AdminAccess) {
    this.#access = access;
    this.#config = config;
    this.#client = new OidcClient(config, access.now);
    const { sessions, emit } = access;
    this.#recheck = new OidcRecheck({ client: this.#client, sessions, emit, everyMs: config.recheck });
  }

  /** The provider is asked nothing more. */
  close(): void {
    this.#recheck.close();
  }

  /** `GET /dashboard/oidc/start`. */
  async start({ incoming, response }: Exchange): Promise<void> {
    const { page, now } = this.#access;
    const redirectUri = `${page.originOf(incoming.headers.host)}${CALLBACK}`;
    try {
      const { location, begun } = await this.#client.begin(redirectUri);
      const from = addressKey(nobody(incoming).address);
      this.#makeRoom(from);
      const id = newCookieValue();
      this.#begun.set(keyOfCookie(id), { ...begun, from, until: now() + BEGUN_WITHIN_MS });
      // The browser comes back from another site: a cookie that is `Strict` would stay at home.
      redirect(response, location, [setCookie(SIGN_IN_COOKIE, id, "Lax")]);
    } catch (error) {
      this.#tell(`the provider cannot be asked: ${describeFailure(error)}`);
      sendPlainPage(response, 502, {
        title: "The provider cannot be asked",
        text: "Try again, or sign in with a token.",
      });
    }
  }

  /** `GET /dashboard/oidc/callback`. */
  async callback({ incoming, response }: Exchange): Promise<void> {
    const { sessions, now } = this.#access;
    const asked = nobody(incoming);
    const id = readCookie(incoming.headers.cookie, SIGN_IN_COOKIE);
    const key = id === null ? "" : keyOfCookie(id);
    const begun = this.#begun.get(key);
    this.#begun.delete(key);
    if (begun === undefined || begun.until <= now())
      return this.#refuse(response, asked, {
        who: null,
        why: "no sign-in was begun in this browser, or too long ago",
      });
    const { searchParams } = new URL(incoming.url ?? "", "http://page.invalid");
    const finished = await this.#client
      .finish(searchParams, begun)
      .catch((error: unknown) => new Error(describeFailure(error)));
    if (finished instanceof Error)
      return this.#refuse(response, asked, { who: null, why: `the provider's answer: ${finished.message}` });
    const { person, grant, knownUntil } = finished;
    const owner: SessionOwner = { kind: "oidc", ...person };
    const caller = this.#access.callerOf(owner);
    if (caller === null)
      return this.#refuse(response, asked, { who: person.name, why: "no value of its claim has a role" });
    const before = readCookie(incoming.headers.cookie, SESSION_COOKIE);
    if (before !== null) sessions.end(before);
    const made = sessions.create(owner, caller, endOf(this.#config.life, knownUntil, now()));
    this.#recheck.follow(made.session.key, grant);
    this.#record({ ...asked, caller }, 302, "signed in by the OpenID provider");
    redirect(response, "/dashboard/", [setCookie(SESSION_COOKIE, made.id), dropCookie(SIGN_IN_COOKIE)]);
  }

  /** Whoever begins without end gives up their own first. */
  #makeRoom(from: string): void {
    const own = [...this.#begun].filter(([, begun]) => begun.from === from);
    const [oldest] = own.length >= MAX_BEGUN_OF_ONE ? own : this.#begun.size >= MAX_BEGUN ? this.#begun : [];
    if (oldest !== undefined) this.#begun.delete(oldest[0]);
  }

  #refuse(
    response: ServerResponse,
    asked: Asked,
    { who, why }: { readonly who: string | null; readonly why: string },
  ): void {
    const caller: AdminCaller | null = null;
    this.#record({ ...asked, caller }, 403, who === null ? why : `${who}: ${why}`);
    response.setHeader("Set-Cookie", dropCookie(SIGN_IN_COOKIE));
    const text =
      who === null
        ? "The sign-in did not come to its end: begin it again. Why is in the gate's log."
        : "You are known, and have no role here. Ask whoever runs this gate.";
    sendPlainPage(response, 403, { title: "Not signed in", text });
  }

  #record(asked: Asked, status: number, detail: string): void {
    record(asked, { status, body: null, detail }, this.#access);
  }

  #tell(detail: string): void {
    this.#access.emit({
      type: "gate",
      level: "warn",
      message: "dashboard: nobody can sign in by OpenID",
      detail,
    });
  }
}

/** Whom nobody can be asked about any more is nobody: better a session that ends when it says than one that is worth what was true once. */
function endOf(lifeMs: number, knownUntil: number | null, now: number): SessionEnd {
  const knownMs = knownUntil === null ? Infinity : knownUntil - now;
  return knownMs < lifeMs ? { lifeMs: knownMs, bound: "provider" } : { lifeMs, bound: "life" };
}

function redirect(response: ServerResponse, location: string, cookies: readonly string[]): void {
  response.writeHead(302, {
    ...pageHeaders,
    Location: location,
    "Cache-Control": "no-store",
    "Set-Cookie": [...cookies],
  });
  response.end();
}
