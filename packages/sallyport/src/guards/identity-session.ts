import { z } from "zod";
import type {
  ConnectionFacts,
  ConnectionGuard,
  ConnectionHandle,
  GuardServices,
  Handshake,
  Identity,
} from "./guard.ts";
import { keepProof, proofOf } from "./identity-proof.ts";
import { unavailable, type Identified, type IdentityProvider } from "./identity-provider.ts";
import { isLoopback } from "./loopback.ts";
import { aboveZero, duration } from "../quantity.ts";
import { createRecheck, spreadOf, type Standing } from "./recheck.ts";
import { SessionEndpoint, type KnownSession, type SessionEndpointOptions } from "./session-endpoint.ts";

/** How the application's own session proves who the caller is. Durations in milliseconds. */
export interface SessionOptions extends SessionEndpointOptions {
  /** Names of the cookies that make a session. */
  readonly cookie: readonly string[];
  /** Between two questions about an open connection; `null`: none is asked. */
  readonly recheck: number | null;
  readonly unsafeAllowPlaintext: boolean;
}

/** More than the cookies of a session take: a browser keeps 4 KiB of each. */
const MAX_COOKIE_CHARACTERS = 8192;
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a field may hold (RFC 9110 5.5). */
const FIELD_TEXT = /^[\t -~\u0080-\u00FF]*$/;

const cookieName = z.string().regex(COOKIE_NAME, "expected the name of a cookie (RFC 6265 4.1.1)");
const pointer = z
  .string()
  .regex(/^(?:\/(?:[^~/]|~[01])*)*$/, "expected a JSON pointer such as /user or /session/user (RFC 6901)");

function checkUrl({ url, unsafeAllowPlaintext }: SessionOptions, context: z.RefinementCtx): void {
  const complain = (message: string): void => context.addIssue({ code: "custom", path: ["url"], message });
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== "https:" && parsed.protocol !== "http:"))
    return complain("expected the application's URL, such as http://127.0.0.1:3000/session");
  if (parsed.username !== "" || parsed.password !== "")
    return complain("a URL with a user or password in it is not accepted");
  const near = isLoopback(parsed.hostname.replace(/^\[(.*)\]$/, "$1"));
  if (parsed.protocol === "http:" && !near && !unsafeAllowPlaintext)
    complain(
      "whoever is on the way can read the cookies and sign in as anybody: write https, or `unsafeAllowPlaintext: true`",
    );
}

/** The options of `identity.session`. */
export const sessionOptions: z.ZodType<SessionOptions> = z
  .strictObject({
    url: z
      .string()
      .min(1)
      .describe(
        "Where the application says whose session it is: it gets a GET with the session's cookies, and answers 200 with JSON, or 401. https, or http to a loopback address.",
      ),
    cookie: z
      .union([cookieName, z.array(cookieName).min(1, "expected at least one cookie")], {
        error: "expected the name of a cookie, or a list of at least one",
      })
      .transform((value) => (typeof value === "string" ? [value] : value))
      .describe("The cookie, or the list of cookies, that make a session. No other cookie is shown."),
    timeout: aboveZero.prefault("5s").describe("How long the application may take to answer."),
    user: pointer.default("/user").describe("Where the answer names the user: a JSON pointer (RFC 6901)."),
    expiresAt: pointer
      .default("/expiresAt")
      .describe("Where it may say when the session ends: ISO 8601, or seconds since the epoch."),
    claims: pointer
      .default("/claims")
      .describe("Where it may say more of the user, as an object: `identity.claims` of the rules."),
    tenant: pointer.optional().describe("Where it names the user's tenant. Default: there are none."),
    recheck: z
      .union([z.literal(["off", false]).transform(() => null), aboveZero])
      .prefault("60s")
      .describe("How often the application is asked about an open connection; `off`: never again."),
    cache: duration
      .prefault("0s")
      .describe("How long a good answer may be used for further handshakes with the same cookies."),
    unsafeAllowPlaintext: z
      .boolean()
      .default(false)
      .describe("Accepts an http URL that is not on loopback. Unsafe: cookies can be read on the way."),
  })
  .superRefine(checkUrl);

/** The pairs of the session's cookies, in order and as they came: the application finds what it would have found. */
function sessionCookies({ request }: Pick<Handshake, "request">, names: readonly string[]): string {
  const pairs = request.headers
    .all("cookie")
    .flatMap((value) => value.split(";"))
    .map((pair) => pair.trim());
  return pairs
    .filter((pair) => names.includes(pair.slice(0, Math.max(pair.indexOf("="), 0)).trim()))
    .join("; ");
}

function identityOf(
  { user, tenant, claims, expiresAt }: KnownSession,
  { issuer, cookie }: { readonly issuer: string; readonly cookie: string },
): Identity {
  // An object of its own: the cookie hangs on it.
  const own = Object.freeze({ ...claims });
  keepProof({ claims: own }, cookie);
  return { provider: "session", user, issuer, claims: own, tenant, expiresAt, credential: "cookie" };
}

/** Tells the operator once that the application cannot be asked, and once that it can again. */
class Outage {
  readonly #emit: GuardServices["emit"];
  readonly #source: string;
  problem: string | null = null;

  constructor(emit: GuardServices["emit"], source: string) {
    this.#emit = emit;
    this.#source = source;
  }

  note(problem: string | null): void {
    const before = this.problem;
    this.problem = problem === null ? null : `${this.#source} ${problem}`;
    if ((before === null) === (problem === null)) return;
    this.#emit({
      type: "gate",
      level: problem === null ? "info" : "warn",
      message:
        problem === null
          ? "identity: the application says again whose session it is"
          : "identity: the application does not say whose session it is; open connections stay",
      detail: this.problem ?? this.#source,
    });
  }
}

const LOST =
  "its cookie is not with this process, so nobody can ask whether the session lives: let the browser send it with the connection, too";

class SessionProvider implements IdentityProvider {
  readonly names: IdentityProvider["names"] = ["session"];
  readonly #options: SessionOptions;
  readonly #endpoint: SessionEndpoint;
  readonly #issuer: string;
  readonly #outage: Outage;

  constructor(options: SessionOptions, services: GuardServices) {
    const { origin, pathname } = new URL(options.url);
    this.#options = options;
    this.#issuer = `${origin}${pathname}`;
    this.#endpoint = new SessionEndpoint(options, services);
    this.#outage = new Outage(services.emit, this.#issuer);
  }

  async identify(handshake: Handshake): Promise<Identified> {
    const cookie = sessionCookies(handshake, this.#options.cookie);
    if (cookie === "") return null;
    if (cookie.length > MAX_COOKIE_CHARACTERS || !FIELD_TEXT.test(cookie))
      return refused("a cookie that is too long, or holds what no field may (RFC 9110 5.5)");
    const { address, host, secure } = handshake.request;
    const answer = await this.#endpoint.find({ cookie, address, host, secure });
    this.#outage.note(answer.is === "unknown" ? answer.problem : null);
    if (answer.is === "unknown") return unavailable(`${this.#issuer} ${answer.problem}`);
    if (answer.is === "nobody") return refused(`session: ${answer.problem}`);
    return identityOf(answer, { issuer: this.#issuer, cookie });
  }

  credentialOf(handshake: Handshake): string {
    return sessionCookies(handshake, this.#options.cookie);
  }

  /** The cookie is the application's own and goes on. One beside a ticket of another process is kept for what is asked later. */
  strip(handshake: Handshake): void {
    const { identity } = handshake;
    if (identity?.provider !== "session" || proofOf(identity) !== null) return;
    const cookie = sessionCookies(handshake, this.#options.cookie);
    if (cookie !== "" && cookie.length <= MAX_COOKIE_CHARACTERS && FIELD_TEXT.test(cookie))
      keepProof(identity, cookie);
  }

  readmit({ identity }: ConnectionFacts): string | null {
    return identity.issuer === this.#issuer ? null : "sessions of this application are not accepted any more";
  }

  open(facts: ConnectionFacts, handle: ConnectionHandle): ConnectionGuard {
    const { recheck } = this.#options;
    if (recheck === null) return {};
    let { identity } = facts;
    const ask = async (): Promise<Standing> => await this.#standing(facts, identity);
    const { again, ...guard } = createRecheck(handle, {
      everyMs: recheck,
      // Who cannot be asked about is not let stay until then.
      spread: proofOf(identity) === null ? 1 : spreadOf(facts.session),
      ask,
      onStanding: ({ is, ...rest }) =>
        this.#outage.note(is === "unknown" && "problem" in rest ? rest.problem : null),
    });
    return {
      ...guard,
      refreshed({ identity: next }) {
        identity = next;
        again();
      },
    };
  }

  ready(): { readonly ready: boolean; readonly problem: string | null } {
    return { ready: true, problem: this.#outage.problem };
  }

  dispose(): void {
    this.#endpoint.dispose();
  }

  /** Whether the session of an open connection lives, and is still this user's. */
  async #standing({ address, request }: ConnectionFacts, identity: Identity): Promise<Standing> {
    const cookie = proofOf(identity);
    if (cookie === null) return { is: "withdrawn", problem: LOST };
    const { host, secure } = request;
    const answer = await this.#endpoint.ask({ cookie, address, host, secure });
    if (answer.is === "unknown") return answer;
    if (answer.is === "nobody") return { is: "withdrawn", problem: `session: ${answer.problem}` };
    return answer.user === identity.user && answer.tenant === identity.tenant
      ? { is: "good" }
      : { is: "withdrawn", problem: "the session is another user's, or another tenant's, by now" };
  }
}

/** Without a challenge: the application's own page is where one signs in. */
function refused(detail: string): Exclude<Identified, Identity | null> {
  return { verdict: "refuse", code: "identity.invalid", detail };
}

/**
 * The application's own session says who the caller is: its cookies, and no others, are shown to the application, which answers
 * whose they are. No such cookie is for the next provider; a session that is none, or has ended, is `identity.invalid` (401);
 * an application that cannot be asked is `identity.unavailable` (503). While the connection is open the question is repeated,
 * and a no closes it (4540). The cookie is kept in memory alone, for these questions. Cookies are sent by browsers to whatever
 * page asks: that foreign pages do not is for the `origin` guard, and for `ticket: require`.
 */
export function createSession(options: SessionOptions, services: GuardServices): IdentityProvider {
  return new SessionProvider(options, services);
}
