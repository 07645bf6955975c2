import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  allowInsecureRequests,
  ClientSecretBasic,
  customFetch,
  introspectionRequest,
  processIntrospectionResponse,
  type IntrospectionResponse,
} from "oauth4webapi";
import { parseJson } from "../dialects/parse-json.ts";
import { boundedFetch, describeFailure } from "./bounded-fetch.ts";
import type { GuardServices } from "./guard.ts";
import type { IntrospectionOptions } from "./identity-introspection-options.ts";
import { findEndpoint } from "./oidc-discovery.ts";

/** Bytes of an answer at most: it holds the claims of one token. */
export const MAX_ANSWER_BYTES = 65_536;
/** Questions that may wait for an answer at once. One token is one question, however many ask. */
export const MAX_WAITING = 256;
/** Answers remembered at most; the oldest makes room. 10,000 of about 1 KiB are 10 MiB. */
export const MAX_REMEMBERED = 10_000;
/** Milliseconds that a refusal is remembered at most: a token may become good a moment later. */
export const REFUSED_CACHE_MS = 5000;
/** Milliseconds after which a discovered endpoint is looked for again. */
export const DISCOVER_AGAIN_MS = 600_000;

/** What the provider says about a token: the answer's members, or that it is not active, or why it cannot be asked. */
export type Introspected =
  | { readonly kind: "active"; readonly members: Readonly<Record<string, unknown>> }
  | { readonly kind: "inactive" }
  | { readonly kind: "unavailable"; readonly problem: string };

interface Remembered {
  readonly answer: Introspected;
  /** Wall clock, milliseconds. */
  readonly at: number;
  readonly until: number;
}

/**
 * Asks a token introspection endpoint (RFC 7662) with the gate's own client credentials. One question at a time for a token,
 * shared by all who ask; answers are remembered by the token's SHA-256. An outage is told once when it begins and once
 * when it ends, and never remembered as an answer.
 */
export class Introspection {
  readonly #options: IntrospectionOptions;
  readonly #services: Pick<GuardServices, "fetch" | "emit" | "wallNow">;
  readonly #disposed = new AbortController();
  readonly #waiting = new Map<string, Promise<Introspected>>();
  readonly #remembered = new Map<string, Remembered>();
  #endpoint: { readonly url: string; readonly at: number } | null = null;
  #problem: string | null = null;

  constructor(options: IntrospectionOptions, services: Pick<GuardServices, "fetch" | "emit" | "wallNow">) {
    this.#options = options;
    this.#services = services;
  }

  /** Why the last question was not answered; `null`: it was. */
  get problem(): string | null {
    return this.#problem;
  }

  /**
   * What the provider says of a token. Never rejects.
   *
   * @param maxAgeMs how old a remembered answer may be; default: the option `cache`
   */
  ask(token: string, maxAgeMs: number = this.#options.cache): Promise<Introspected> {
    const now = this.#services.wallNow();
    const key = hash("sha256", token, "base64");
    const known = this.#remembered.get(key);
    if (known !== undefined && known.at <= now && now < Math.min(known.until, known.at + maxAgeMs))
      return Promise.resolve(known.answer);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    if (this.#waiting.size >= MAX_WAITING)
      return Promise.resolve({ kind: "unavailable", problem: `${MAX_WAITING} questions wait already` });
    const asking = this.#question(token, now)
      .then((answer) => this.#remember(key, answer, now))
      .finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, asking);
    return asking;
  }

  /** Gives up what is under way. */
  dispose(): void {
    this.#disposed.abort(new Error("was given up"));
  }

  #remember(key: string, answer: Introspected, now: number): Introspected {
    this.#remembered.delete(key);
    if (answer.kind === "unavailable") return answer;
    const { cache } = this.#options;
    const life = answer.kind === "active" ? cache : Math.min(cache, REFUSED_CACHE_MS);
    this.#remembered.set(key, { answer, at: now, until: now + life });
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= MAX_REMEMBERED) break;
      this.#remembered.delete(oldest);
    }
    return answer;
  }

  async #question(token: string, now: number): Promise<Introspected> {
    try {
      const { active, ...members } = await this.#request(token, await this.#find(now));
      this.#recovered();
      return active ? { kind: "active", members: Object.freeze(members) } : { kind: "inactive" };
    } catch (error) {
      if (error instanceof TokenNotTaken) return { kind: "inactive" };
      return this.#failed(`the introspection endpoint ${describeFailure(error)}`);
    }
  }

  /** The endpoint, looked for again from time to time; while that fails the one of before is good. */
  async #find(now: number): Promise<string> {
    const { endpoint, issuer = "" } = this.#options;
    if (endpoint !== undefined) return endpoint;
    const known = this.#endpoint;
    if (known !== null && now - known.at < DISCOVER_AGAIN_MS) return known.url;
    try {
      const { signal } = this.#disposed;
      const url = await findEndpoint(
        { issuer, fetch: this.#services.fetch, signal },
        "introspection_endpoint",
      );
      this.#endpoint = { url, at: now };
      return url;
    } catch (error) {
      if (known === null)
        throw new Error(`cannot be found: ${issuer} ${describeFailure(error)}`, { cause: error });
      return known.url;
    }
  }

  async #request(token: string, url: string): Promise<IntrospectionResponse> {
    const { clientId, clientSecretFile } = this.#options;
    const secret = await readClientSecret(clientSecretFile);
    const server = { issuer: url, introspection_endpoint: url };
    const client = { client_id: clientId };
    const response = await introspectionRequest(server, client, ClientSecretBasic(secret), token, {
      additionalParameters: { token_type_hint: "access_token" },
      // The schema or the discovery has judged the address.
      [allowInsecureRequests]: true,
      [customFetch]: async (address, { method, headers, body }) => {
        const { status, text } = await boundedFetch(this.#services.fetch, {
          url: address,
          method,
          headers,
          body: body.toString(),
          maxBytes: MAX_ANSWER_BYTES,
          signal: this.#disposed.signal,
        });
        const answer = parseObject(text);
        if (status === 400 && TOKEN_FAULTS.has(answer?.["error"])) throw new TokenNotTaken();
        if (status !== 200) throw new Error(`answered ${status}`);
        if (answer === null) throw new Error("answered what is not a JSON object");
        // The library would parse it once more, and V8 may take names with escapes for others (nodejs/node#63785).
        return Object.assign(new Response(text, { headers: { "content-type": "application/json" } }), {
          json: () => Promise.resolve(answer),
        });
      },
    });
    return await processIntrospectionResponse(server, client, response);
  }

  #failed(problem: string): Introspected {
    if (this.#problem === null && !this.#disposed.signal.aborted)
      this.#services.emit({
        type: "gate",
        level: "error",
        message: "identity: tokens cannot be introspected",
        detail: problem,
      });
    this.#problem = problem;
    return { kind: "unavailable", problem };
  }

  #recovered(): void {
    if (this.#problem !== null)
      this.#services.emit({
        type: "gate",
        level: "info",
        message: "identity: tokens can be introspected again",
        detail: this.#options.endpoint ?? String(this.#options.issuer),
      });
    this.#problem = null;
  }
}

/** What providers answer to a token that is none of theirs, where they do not call it inactive. */
const TOKEN_FAULTS: ReadonlySet<unknown> = new Set([
  "invalid_request",
  "invalid_token",
  "unsupported_token_type",
]);

/** The provider does not take the token: that is no outage. */
class TokenNotTaken extends Error {}

/** Parsed here first, since the library's error would quote the answer. */
function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = parseJson(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** The secret of the gate's client, without the line break at its end. @throws Error when it cannot be read, or is empty */
export async function readClientSecret(file: string): Promise<string> {
  const secret = (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  if (secret === "") throw new Error(`${file} is empty: it must hold the client's secret`);
  return secret;
}
