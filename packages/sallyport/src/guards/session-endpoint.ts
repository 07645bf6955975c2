import { createHash } from "node:crypto";
import { parseJson } from "../dialects/parse-json.ts";
import { boundedFetch, describeFailure } from "./bounded-fetch.ts";
import type { GuardServices } from "./guard.ts";

/** Where the application says whose session a cookie is, and how its answer is read. Durations in milliseconds. */
export interface SessionEndpointOptions {
  readonly url: string;
  readonly timeout: number;
  /** JSON pointers (RFC 6901) into the answer. */
  readonly user: string;
  readonly expiresAt: string;
  readonly claims: string;
  readonly tenant?: string | undefined;
  /** How long a good answer may be used again; 0: it is not. */
  readonly cache: number;
}

/** Cookies as the client sent them, and what the application may want to know of the client besides. */
export interface SessionQuestion {
  /** The field `Cookie`, with the session's cookies alone. */
  readonly cookie: string;
  readonly address: string;
  readonly host: string;
  readonly secure: boolean;
}

/** Whose session it is. */
export interface KnownSession {
  readonly is: "known";
  readonly user: string;
  readonly tenant: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch; `null`: the application does not say. */
  readonly expiresAt: number | null;
}

/** What the application said; a `problem` is for the operator and holds nothing of the cookie. */
export type SessionAnswer =
  | KnownSession
  | { readonly is: "nobody"; readonly problem: string }
  | { readonly is: "unknown"; readonly problem: string };

/** Bytes of an answer: a user and claims take few. */
const MAX_ANSWER_BYTES = 65_536;
/** Questions that may be open at once: no flood of made-up cookies becomes one at the application. */
const MAX_QUESTIONS = 256;
/** Answers that are kept at most, where they are. */
const MAX_KEPT = 10_000;
/** A number above it is no time in seconds (it would be in the year 5138): somebody wrote milliseconds. */
const MAX_SECONDS = 100_000_000_000;

const nobody = (problem: string): SessionAnswer => ({ is: "nobody", problem });
const unknown = (problem: string): SessionAnswer => ({ is: "unknown", problem });

/** What a JSON pointer names (RFC 6901 4); `undefined` where nothing stands there. */
function valueAt(value: unknown, pointer: string): unknown {
  if (pointer === "") return value;
  const names = pointer
    .slice(1)
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<unknown>((current, name) => {
    if (typeof current !== "object" || current === null) return undefined;
    return Object.getOwnPropertyDescriptor(current, name)?.value;
  }, value);
}

/** A name, also where an application counts its users; `null` for anything else. */
function nameOf(value: unknown): string | null {
  if (typeof value === "string" && value !== "") return value;
  return Number.isSafeInteger(value) ? String(value) : null;
}

/** ISO 8601, or whole seconds since the epoch, in milliseconds; `null` for none, `undefined` for what is no time. */
function timeOf(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value === "number")
    return Number.isSafeInteger(value) && value >= 0 && value <= MAX_SECONDS ? value * 1000 : undefined;
  const time =
    typeof value === "string" && /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/** Reads the body of a 200. What cannot be read is nobody's fault but the application's. */
function readAnswer(text: string, options: SessionEndpointOptions, wallNow: number): SessionAnswer {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return unknown("answered 200 and no JSON");
  }
  const named = valueAt(value, options.user) ?? null;
  if (named === null) return nobody(`the answer names no user at ${options.user}`);
  const user = nameOf(named);
  if (user === null) return unknown(`what stands at ${options.user} is no name of a user`);
  const expiresAt = timeOf(valueAt(value, options.expiresAt));
  if (expiresAt === undefined) return unknown(`what stands at ${options.expiresAt} is no time`);
  if (expiresAt !== null && expiresAt <= wallNow) return nobody("the session has ended");
  const claims = objectOf(valueAt(value, options.claims) ?? {});
  if (claims === null) return unknown(`what stands at ${options.claims} is no object`);
  const tenant = options.tenant === undefined ? null : nameOf(valueAt(value, options.tenant));
  if (options.tenant !== undefined && tenant === null)
    return unknown(`what stands at ${options.tenant} is no name of a tenant`);
  return { is: "known", user, tenant, claims, expiresAt };
}

/** The application's word about sessions: one question for all who ask the same at the same time. */
export class SessionEndpoint {
  readonly #options: SessionEndpointOptions;
  readonly #services: Pick<GuardServices, "fetch" | "wallNow">;
  readonly #asking = new Map<string, Promise<SessionAnswer>>();
  readonly #kept = new Map<string, { readonly answer: KnownSession; readonly until: number }>();
  readonly #disposed = new AbortController();

  constructor(options: SessionEndpointOptions, services: Pick<GuardServices, "fetch" | "wallNow">) {
    this.#options = options;
    this.#services = services;
  }

  /** Whose session it is, from an answer that is fresh enough or anew. Never rejects. */
  async find(question: SessionQuestion): Promise<SessionAnswer> {
    const key = keyOf(question);
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > this.#services.wallNow()) return kept.answer;
    this.#kept.delete(key);
    const answer = await this.ask(question);
    if (answer.is === "known" && this.#options.cache > 0) this.#keep(key, answer);
    return answer;
  }

  /** Whose session it is now. Never rejects. */
  async ask(question: SessionQuestion): Promise<SessionAnswer> {
    const key = keyOf(question);
    const open = this.#asking.get(key);
    if (open !== undefined) return await open;
    if (this.#asking.size >= MAX_QUESTIONS) return unknown(`${MAX_QUESTIONS} questions are open already`);
    const asking = this.#request(question).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return await asking;
  }

  /** Gives up what is open, and forgets. */
  dispose(): void {
    this.#disposed.abort(new Error("was given up"));
    this.#kept.clear();
  }

  async #request({ cookie, address, host, secure }: SessionQuestion): Promise<SessionAnswer> {
    const { url, timeout } = this.#options;
    try {
      const { status, text } = await boundedFetch(this.#services.fetch, {
        url,
        timeoutMs: timeout,
        maxBytes: MAX_ANSWER_BYTES,
        signal: this.#disposed.signal,
        headers: {
          accept: "application/json",
          cookie,
          "x-forwarded-for": address,
          "x-forwarded-host": host,
          "x-forwarded-proto": secure ? "https" : "http",
        },
      });
      if (status === 200) return readAnswer(text, this.#options, this.#services.wallNow());
      // A redirect leads to where one signs in.
      const refused = status === 401 || status === 403 || (status >= 300 && status < 400);
      return refused ? nobody(`answered ${status}`) : unknown(`answered ${status}`);
    } catch (error) {
      return unknown(describeFailure(error));
    }
  }

  #keep(key: string, answer: KnownSession): void {
    // The oldest goes: a map keeps the order in which its keys came.
    for (const [oldest] of this.#kept) {
      if (this.#kept.size < MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    const until = this.#services.wallNow() + this.#options.cache;
    this.#kept.set(key, { answer, until: Math.min(until, answer.expiresAt ?? until) });
  }
}

/** What is kept holds no cookie. */
function keyOf({ cookie, address, host, secure }: SessionQuestion): string {
  return createHash("sha256")
    .update(JSON.stringify([cookie, address, host, secure]))
    .digest("base64");
}
