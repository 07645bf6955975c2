import type { Page } from "playwright-core";
import type { Masker } from "../probe/masker.ts";
import { type Exchange, Transcript } from "../probe/transcript.ts";
import type { CookiesAlong } from "./cookies-along.ts";
import type { Opening } from "./known-to-strangers.ts";
import { noteRecord } from "./note-record.ts";
import { cookiesOf, type SocketRecord, SocketRecorder } from "./socket-recorder.ts";

/** What became of a socket that a page opened in the browser. */
export interface SocketTrial {
  /** `refused`: it never opened. `closed`: it did, and the server ended it. `open`: it stayed so. */
  readonly kind: "refused" | "closed" | "open";
  /** Why, in words. */
  readonly words: string;
  /** Names of the cookies that went along. */
  readonly cookies: readonly string[];
  /** Those of the user that the browser kept back, with why. */
  readonly kept: readonly string[];
  /** What the page read, the first messages. */
  readonly read: readonly string[];
  readonly exchange: Exchange;
}

/** How a socket is tried. */
export interface TrialOptions {
  /** How long nothing has to happen for it to be over. */
  readonly quietMs: number;
  readonly mask: Masker;
  readonly about: string;
  /** What of the user's cookies goes along; undefined: the handshake itself shows it, as it does to a page of the same origin. */
  readonly along: CookiesAlong | undefined;
}

interface Ending {
  readonly kind: SocketTrial["kind"];
  readonly code: number;
  readonly reason: string;
}

/** A server that never stops talking, or never answers, is left after so many quiet times. */
const LONGEST_QUIETS = 4;

/** A page from which sockets are tried, some of them at once, and what the browser tells of it. */
export class TrialPage {
  readonly #page: Page;
  readonly #recorder = new SocketRecorder();

  constructor(page: Page) {
    this.#page = page;
  }

  /** Goes to where it is to stand. */
  async goTo(url: string): Promise<void> {
    await this.#page.goto(url);
    await this.#recorder.attach(this.#page);
  }

  /** Opens the socket, says what is to be said, and listens until nothing more comes. Never rejects for what the server does. */
  async try(opening: Opening, options: TrialOptions): Promise<SocketTrial> {
    const { quietMs } = options;
    const ending: Ending = await this.#page.evaluate(
      scriptOf(opening, { quietMs, longestMs: quietMs * LONGEST_QUIETS }),
    );
    const record = this.#recorder.sockets.findLast(({ url }) => url === opening.url);
    return trialOf(record, ending, options);
  }
}

/**
 * What the page does. It is a text, since it runs in the browser. A page may not hear why a socket failed; the recorder does.
 */
function scriptOf(
  { url, subprotocols, messages }: Opening,
  times: { readonly quietMs: number; readonly longestMs: number },
): string {
  return `(({ url, subprotocols, messages, quietMs, longestMs }) => new Promise((done) => {
    let isOpen = false;
    let quiet;
    let socket;
    const end = (kind, code, reason) => {
      clearTimeout(quiet);
      clearTimeout(longest);
      done({ kind, code, reason });
      if (kind === "open") socket.close();
    };
    const still = () => end(isOpen ? "open" : "refused", 0, "");
    const longest = setTimeout(still, longestMs);
    const waitOn = () => {
      clearTimeout(quiet);
      quiet = setTimeout(still, quietMs);
    };
    try {
      socket = new WebSocket(url, subprotocols);
    } catch (error) {
      return end("refused", 0, String(error));
    }
    socket.onopen = () => {
      isOpen = true;
      for (const message of messages) socket.send(message);
      waitOn();
    };
    socket.onmessage = waitOn;
    socket.onclose = ({ code, reason }) => end(isOpen ? "closed" : "refused", code, reason);
  }))(${JSON.stringify({ url, subprotocols, messages, ...times })})`;
}

function trialOf(
  record: SocketRecord | undefined,
  { kind, code, reason }: Ending,
  { mask, about, along }: TrialOptions,
): SocketTrial {
  const transcript = new Transcript(mask);
  if (record === undefined) {
    const words = `not opened by the browser${reason === "" ? "" : `: ${reason}`}`;
    transcript.note("-", words);
    return { kind: "refused", words, cookies: [], kept: [], read: [], exchange: transcript.exchange(about) };
  }
  const cookies = along ?? { sent: cookiesOf(record), kept: [] };
  noteRecord(record, cookies, transcript);
  const words = wordsOf(record, { kind, code, reason });
  transcript.note("-", words);
  return {
    kind,
    words,
    cookies: cookies.sent,
    kept: cookies.kept,
    read: record.messages.filter(({ from }) => from === "server").map(({ data }) => data),
    exchange: transcript.exchange(about),
  };
}

function wordsOf({ status, error }: SocketRecord, { kind, code, reason }: Ending): string {
  if (kind === "open") return "opened, and stayed open";
  if (kind === "closed") return `opened, and closed with ${code}${reason === "" ? "" : ` (${reason})`}`;
  if (error?.includes("LOCAL_NETWORK_ACCESS") === true)
    return "kept back by the browser (Local Network Access)";
  if (status !== null && status !== 101) return `refused with ${status}`;
  return error === null ? "not answered in time" : `not opened: ${error}`;
}
