import type { SignedIn } from "../../../sallyport/src/hosts/dashboard/session-message.ts";
import { formatClock } from "../parts/format-time.ts";

/** Before the end of a session it is said that it ends, milliseconds: long enough to finish what one is at. */
export const WARNED_MS = 120_000;

/** When a session is to be spoken of, and what is said; times in milliseconds since the epoch. */
export interface EndNotice {
  readonly from: number;
  readonly text: string;
  /** How one goes on. */
  readonly way: string;
}

/** What is said of a session before it ends. */
export function endNotice({ by, bound, expiresAt }: Pick<SignedIn, "by" | "bound" | "expiresAt">): EndNotice {
  const end = Date.parse(expiresAt);
  const why =
    bound === "provider"
      ? ": after that your provider cannot be asked any more who you are, since it gave nothing to renew its access token by"
      : "";
  const way =
    by === "oidc"
      ? "Sign in again now; the page comes back to where you are."
      : "Sign in again with your token.";
  return { from: end - WARNED_MS, text: `Your session ends at ${formatClock(end)}${why}.`, way };
}
