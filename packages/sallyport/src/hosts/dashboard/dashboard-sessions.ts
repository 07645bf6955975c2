import type { AdminCaller } from "../admin/admin-tokens.ts";
import { keyOfCookie, newCookieValue } from "./dashboard-cookie.ts";
import type { OidcPerson } from "./oidc-client.ts";

/** By what somebody signed in. What follows from it is asked again with each use. */
export type SessionOwner = { readonly kind: "token"; readonly digest: Buffer } | OidcOwner;

/** Somebody whom an OpenID provider named. */
export interface OidcOwner extends OidcPerson {
  readonly kind: "oidc";
}

/** Somebody who has signed in to the dashboard. Times are monotonic milliseconds. */
export interface DashboardSession {
  /** Names the session, and opens nothing: the digest of its cookie's value. */
  readonly key: string;
  /** Another one once the provider says otherwise of whoever it is. */
  owner: SessionOwner;
  /** When it ends at the latest. */
  readonly endsAt: number;
  /** What ends it then. */
  readonly bound: SessionBound;
  /** When it was used last. */
  usedAt: number;
  /** Who that was when it was asked last. */
  caller: AdminCaller;
}

/** What ends a session at the latest: its own life, or that the provider cannot be asked any more who that is. */
export type SessionBound = "life" | "provider";

/** How long a session lasts at most. */
export interface SessionEnd {
  /** Milliseconds; at most 8 hours count. */
  readonly lifeMs: number;
  readonly bound: SessionBound;
}

/** What sessions are made of. */
export interface DashboardSessionsOptions {
  /** Who somebody is now; `null`: nobody any more. */
  readonly callerOf: (owner: SessionOwner) => AdminCaller | null;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Told of each session that has ended, or whose role has changed. */
  readonly changed: (session: DashboardSession, what: "ended" | "role") => void;
}

/** The longest session: a working day. */
export const MAX_SESSION_MS: number = 8 * 3_600_000;
/** Without any use of it, a live socket included. */
const MAX_IDLE_MS = 30 * 60_000;
/** In all, some 300 bytes each. */
const MAX_SESSIONS = 1000;
/** Of one name: whoever has one token cannot end the sessions of all others. */
const MAX_OF_ONE = 20;

/**
 * Who has signed in to the dashboard: in memory, and known by the digest of what stands in the cookie alone. A session is always a new one
 * (CWE-384), ends after 8 hours or 30 minutes without use, and is worth what its owner is at that moment: a token that is gone or worth less
 * since a reload makes the session gone or worth less. Beyond 1,000, or 20 of one name, the one that was not used for longest ends.
 */
export class DashboardSessions {
  readonly #options: DashboardSessionsOptions;
  readonly #sessions = new Map<string, DashboardSession>();

  constructor(options: DashboardSessionsOptions) {
    this.#options = options;
  }

  /** How many there are, those included that have ended unnoticed. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Makes a session, and the value of its cookie, which is kept nowhere. */
  create(
    owner: SessionOwner,
    caller: AdminCaller,
    { lifeMs, bound }: SessionEnd = { lifeMs: MAX_SESSION_MS, bound: "life" },
  ): { readonly id: string; readonly session: DashboardSession } {
    this.review();
    const own = [...this.#sessions.values()].filter(({ caller: { name } }) => name === caller.name);
    if (own.length >= MAX_OF_ONE) this.#endOldest(own);
    if (this.#sessions.size >= MAX_SESSIONS) this.#endOldest([...this.#sessions.values()]);
    const id = newCookieValue();
    const now = this.#options.now();
    const endsAt = now + Math.min(lifeMs, MAX_SESSION_MS);
    const session: DashboardSession = { key: keyOfCookie(id), owner, endsAt, bound, usedAt: now, caller };
    this.#sessions.set(session.key, session);
    return { id, session };
  }

  /** The session of a cookie's value, which counts as a use of it; `null`: there is none, or it has ended. */
  find(id: string): DashboardSession | null {
    return this.use(keyOfCookie(id));
  }

  /** The session of a key, likewise. */
  use(key: string): DashboardSession | null {
    const session = this.#sessions.get(key);
    if (session === undefined || !this.#check(session)) return null;
    session.usedAt = this.#options.now();
    return session;
  }

  /** Whether there is a session of a key. That is no use of it. */
  holds(key: string): boolean {
    const session = this.#sessions.get(key);
    return session !== undefined && this.#check(session);
  }

  /** What the provider says of whoever signed in by it: the values of its claim; `null`: it does not know them any more. */
  become(key: string, values: readonly string[] | null): void {
    const session = this.#sessions.get(key);
    if (session?.owner.kind !== "oidc") return;
    if (values === null) return this.#end(session);
    session.owner = { ...session.owner, values };
    this.#check(session);
  }

  /** Ends the sessions of those whom the provider named and who are meant. Answers whose they were. */
  signOut(isMeant: (owner: OidcOwner) => boolean): readonly AdminCaller[] {
    const meant = [...this.#sessions.values()].filter(({ owner }) => owner.kind === "oidc" && isMeant(owner));
    for (const session of meant) this.#end(session);
    return meant.map(({ caller }) => caller);
  }

  /** Ends the session of a cookie's value, where there is one. */
  end(id: string): void {
    const session = this.#sessions.get(keyOfCookie(id));
    if (session !== undefined) this.#end(session);
  }

  /** Looks at all of them, after a reload and now and then; or at those of some keys. That is no use of them. */
  review(keys: Iterable<string> = [...this.#sessions.keys()]): void {
    for (const key of keys) {
      const session = this.#sessions.get(key);
      if (session !== undefined) this.#check(session);
    }
  }

  /** Whether a session goes on. */
  #check(session: DashboardSession): boolean {
    const { now, callerOf, changed } = this.#options;
    const isOver = session.endsAt <= now() || session.usedAt + MAX_IDLE_MS <= now();
    const caller = isOver ? null : callerOf(session.owner);
    if (caller === null) {
      this.#end(session);
      return false;
    }
    const isOther = caller.role !== session.caller.role || caller.name !== session.caller.name;
    session.caller = caller;
    if (isOther) changed(session, "role");
    return true;
  }

  #end(session: DashboardSession): void {
    this.#sessions.delete(session.key);
    this.#options.changed(session, "ended");
  }

  #endOldest(among: readonly DashboardSession[]): void {
    const [oldest] = among.toSorted((one, other) => one.usedAt - other.usedAt);
    if (oldest !== undefined) this.#end(oldest);
  }
}
