import { randomBytes } from "node:crypto";

import { roomNames } from "./rooms.ts";

/** What somebody is in the chat. */
export type Role = "moderator" | "staff" | "member";

/** Somebody who has logged in. Times in milliseconds since the epoch. */
export interface Login {
  readonly user: string;
  readonly role: Role;
  /** The rooms that are theirs. */
  readonly rooms: readonly string[];
  /** Those of them in which they may speak. */
  readonly speaks: readonly string[];
  readonly endsAt: number;
}

const lifeMs = 8 * 3_600_000;
const mostLogins = 1000;
const roles = new Map<string, Role>([
  ["ann", "moderator"],
  ["cleo", "staff"],
]);

/** A name as it is kept: 1 to 20 letters, digits and hyphens, in lower case; `null` for anything else. */
export function parseName(value: unknown): string | null {
  const name = typeof value === "string" ? value.trim().toLowerCase() : "";
  return /^[a-z][a-z0-9-]{0,19}$/.test(name) ? name : null;
}

/** Who has logged in, found again by the secret of their cookie. The oldest is forgotten where there are too many. */
export class Logins {
  readonly #bySession = new Map<string, Login>();

  /** Logs somebody in. Returns the secret for their cookie. */
  begin(user: string): string {
    const [oldest] = this.#bySession.keys();
    if (this.#bySession.size >= mostLogins && oldest !== undefined) this.#bySession.delete(oldest);
    const session = randomBytes(16).toString("hex");
    const role = roles.get(user) ?? "member";
    const rooms = roomNames.filter((room) => room !== "staff" || role !== "member");
    const speaks = rooms.filter((room) => room !== "news" || role !== "member");
    this.#bySession.set(session, { user, role, rooms, speaks, endsAt: Date.now() + lifeMs });
    return session;
  }

  /** Whose session it is; `null`: nobody's, or not any more. */
  find(session: string): Login | null {
    const found = this.#bySession.get(session);
    return found === undefined || found.endsAt <= Date.now() ? null : found;
  }

  /** Logs them out. */
  end(session: string): void {
    this.#bySession.delete(session);
  }
}
