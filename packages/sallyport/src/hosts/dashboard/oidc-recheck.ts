import type { Emit } from "../../events.ts";
import { describeFailure } from "../../guards/bounded-fetch.ts";
import type { DashboardSessions } from "./dashboard-sessions.ts";
import type { OidcClient, OidcGrant, OidcLook } from "./oidc-client.ts";

/** What {@link OidcRecheck} needs. */
export interface OidcRecheckOptions {
  readonly client: Pick<OidcClient, "look">;
  readonly sessions: Pick<DashboardSessions, "holds" | "become">;
  readonly emit: Emit;
  /** Between two questions about one session, milliseconds. */
  readonly everyMs: number;
}

/** A session, and by what is asked about it. */
interface Followed {
  readonly key: string;
  readonly grant: OidcGrant;
  /** Whether the provider says what somebody is, also later: then who is nothing any more is told apart from who is not told of. */
  readonly tellsRole: boolean;
}

/**
 * Asks the provider of everybody who signed in by it, once a minute unless configured otherwise, who that is now: whoever it does not know any more
 * is signed out, and whose claim has changed has another role. A provider that does not answer changes nothing: the session ends when it would anyway.
 */
export class OidcRecheck {
  readonly #options: OidcRecheckOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isSilent = false;
  #isClosed = false;

  constructor(options: OidcRecheckOptions) {
    this.#options = options;
  }

  /** Asks about a session from now on, until it has ended. */
  follow(key: string, grant: OidcGrant): void {
    void this.#look({ key, grant, tellsRole: false });
  }

  /** Asks nothing more. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #look(followed: Followed): Promise<void> {
    const { client, sessions, everyMs } = this.#options;
    if (this.#isClosed || !sessions.holds(followed.key)) return;
    const found = await client.look(followed.grant).then(
      (look) => (this.#hear(null), look),
      (error: unknown) => (this.#hear(describeFailure(error)), "silent" as const),
    );
    if (found === null || this.#isClosed) return;
    const next = found === "silent" ? followed : this.#take(followed, found);
    if (next === null) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#look(next);
    }, everyMs).unref();
    this.#timers.add(timer);
  }

  /** `null`: the session is over. */
  #take({ key, tellsRole }: Followed, found: OidcLook): Followed | null {
    const { sessions } = this.#options;
    if (found.is === "gone") {
      sessions.become(key, null);
      return null;
    }
    const tells = tellsRole || found.values !== null;
    if (tells) sessions.become(key, found.values ?? []);
    return { key, grant: found.grant, tellsRole: tells };
  }

  /** Said once for each time that it is so. */
  #hear(problem: string | null): void {
    if (problem !== null && !this.#isSilent)
      this.#options.emit({
        type: "gate",
        level: "warn",
        message: "dashboard: the OpenID provider cannot be asked who is signed in; they stay as they are",
        detail: problem,
      });
    this.#isSilent = problem !== null;
  }
}
