import type { AdminGate } from "../admin/admin-gate.ts";
import type { Connection } from "../connection.ts";
import type { LiveMessage } from "./live-message.ts";

/** What {@link SessionWatch} needs. */
export interface SessionWatchOptions {
  readonly gate: Pick<AdminGate, "listSessions">;
  /** A connection could not be looked at; a second later it is tried again. */
  readonly failed: (error: unknown) => void;
}

type Seen = Extract<LiveMessage, { type: "session" }>;

const EVERY_MS = 1000;

/**
 * Looks once a second at the connections that pages watch, and tells them. Each is looked at once, whoever watches it; a page watches one.
 * Nobody watches: nothing is asked.
 */
export class SessionWatch {
  readonly #options: SessionWatchOptions;
  readonly #watched = new Map<Connection, string>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  /** Which connection a page watches; `null`: none. */
  watchedBy(page: Connection): string | null {
    return this.#watched.get(page) ?? null;
  }

  /** Has a page told of a connection, now and each second until it has ended. Answers whether it is open. @param id of its session */
  async watch(page: Connection, id: string): Promise<boolean> {
    this.#watched.set(page, id);
    this.#timer ??= setInterval(() => void this.look(), EVERY_MS).unref();
    const seen = await this.#see(id);
    if (seen !== null && this.#watched.get(page) === id) this.#tell(page, seen);
    return (seen?.session ?? null) !== null;
  }

  /** Tells a page no more. */
  leave(page: Connection): void {
    this.#watched.delete(page);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Looks at all of them, and tells. Called by its timer. */
  async look(): Promise<void> {
    // Other nodes may take longer than a second.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const id of new Set(this.#watched.values())) {
        const seen = await this.#see(id);
        if (seen === null) continue;
        for (const [page, watched] of this.#watched) if (watched === id) this.#tell(page, seen);
      }
    } finally {
      this.#isLooking = false;
    }
  }

  /** Nobody is told any more. */
  close(): void {
    this.#watched.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #see(id: string): Promise<Seen | null> {
    const { gate, failed } = this.#options;
    try {
      const query = { filter: { session: id }, limit: 1, after: null };
      const { sessions, unanswered = [] } = await gate.listSessions(query);
      return { type: "session", id, at: Date.now(), session: sessions[0] ?? null, unanswered };
    } catch (error) {
      failed(error);
      return null;
    }
  }

  #tell(page: Connection, seen: Seen): void {
    void page.send(JSON.stringify(seen));
    // What has ended stays so. Where a node did not answer, nobody knows.
    if (seen.session === null && seen.unanswered.length === 0) this.leave(page);
  }
}
