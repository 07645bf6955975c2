import type { StrangersOpening } from "./known-to-strangers.ts";
import type { SocketTrial } from "./try-socket.ts";

/** What a trial from another page proves. */
export type Verdict =
  /** The page has the user's socket. `words` say by what that is known. */
  | { readonly kind: "hijacked"; readonly words: string; readonly isRead: boolean }
  /** It has not, and why. */
  | { readonly kind: "safe"; readonly words: string }
  | { readonly kind: "unknown"; readonly words: string };

/** The same socket, opened from the application's own page, by a browser that nobody is logged in to, and from another page. */
export interface Trials {
  readonly opening: StrangersOpening;
  readonly control: SocketTrial;
  readonly anonymous: SocketTrial;
  readonly other: SocketTrial;
}

/** Words of messages that are compared. */
const MAX_WORDS = 4000;
/** Of the user's words, those that are shown: the longest. */
const MAX_SHOWN = 4;

/**
 * Whether the other page has what belongs to the user. What it read counts where the application's own page reads it too and a browser without
 * a login does not; the latter looks in between, so that a clock or a counter has moved on. Where nobody is told anything, the socket is the
 * user's where it stays open and is refused without the login.
 */
export function judgeTrial({ opening, control, anonymous, other }: Trials): Verdict {
  if (opening.isSecretPath)
    return safe("its path holds what a page of another site does not know, which was not tried");
  if (control.kind !== "open") return judgeWithoutControl(opening, control);
  const ofUser = wordsIn(control).difference(wordsIn(anonymous));
  const read = [...wordsIn(other).intersection(ofUser)];
  if (read.length > 0) {
    const telling = read.toSorted((one, next) => next.length - one.length).slice(0, MAX_SHOWN);
    const shown = telling.map((word) => JSON.stringify(word.slice(0, 80)));
    return {
      kind: "hijacked",
      words: `it read what belongs to the user, among it ${shown.join(", ")}`,
      isRead: true,
    };
  }
  if (other.kind !== "open") return safe(`${other.words}${cookieWords(other)}`);
  if (anonymous.kind !== "open" && other.cookies.length > 0)
    return {
      kind: "hijacked",
      words: `it stayed open with the user's cookies (${other.cookies.join(", ")}), while a browser without a login is ${anonymous.words}; nothing was said on it`,
      isRead: false,
    };
  if (ofUser.size > 0) return safe(`opened, and nothing of the user was read on it${cookieWords(other)}`);
  if (control.read.length > 0)
    return safe("what it reads is what a browser without a login reads: the socket is public");
  return control.cookies.length > 0 && other.cookies.length === 0
    ? safe(`opened${cookieWords(other)}`)
    : { kind: "unknown", words: "nobody is told anything on it, so that it cannot be told whose it is" };
}

function judgeWithoutControl({ without }: StrangersOpening, control: SocketTrial): Verdict {
  return without.length > 0
    ? safe(
        `without ${without.join(" and ")}, which a page of another site does not know, it is not even the application's own page's: ${control.words}`,
      )
    : { kind: "unknown", words: `from the application's own page it was ${control.words}` };
}

/** Why the login did not come along, if it did not. */
function cookieWords({ kept }: SocketTrial): string {
  return kept.length === 0 ? "" : `; the browser keeps back ${kept.join(", ")}`;
}

function safe(words: string): Verdict {
  return { kind: "safe", words };
}

/** Words that say something: with letters, or numbers that are not counted up to in a moment. */
function wordsIn({ read }: SocketTrial): Set<string> {
  const words = new Set<string>();
  for (const message of read)
    for (const [word] of message.matchAll(/[\p{L}\p{N}_@.+-]+/gu)) {
      if (words.size >= MAX_WORDS) return words;
      if (/\p{L}{2}|\d{4}/u.test(word)) words.add(word);
    }
  return words;
}
