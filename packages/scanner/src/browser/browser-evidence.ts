import type { Exchange } from "../probe/transcript.ts";
import type { Verdict } from "./judge-trial.ts";
import type { SocketTrial } from "./try-socket.ts";

/** One socket that the application's page opened. */
export interface SeenSocket {
  /** Without what is secret in it. */
  readonly url: string;
  readonly subprotocol: string | null;
  /** The status of the handshake; null where it was not answered. */
  readonly status: number | null;
  /** Names of the cookies that went with it. */
  readonly cookies: readonly string[];
  /** The first messages either way. */
  readonly exchange: Exchange;
  /** Why it was not tried from other pages; empty where it was. */
  readonly notTried: string;
}

/** A cookie that the browser would send with one of the sockets. Its value is nowhere in it. */
export interface SeenCookie {
  readonly name: string;
  readonly domain: string;
  readonly path: string;
  readonly sameSite: "Strict" | "Lax" | "None";
  readonly isSecure: boolean;
  readonly isHttpOnly: boolean;
  /** The site for which alone it is sent (CHIPS); null: for all. */
  readonly partition: string | null;
}

/** What the browser saw of an application. */
export interface BrowserReport {
  /** Name and version. */
  readonly browser: string;
  /** The page that was opened, where it ended. */
  readonly page: string;
  /** Why it was not loaded as it should be; empty where it was. */
  readonly problem: string;
  readonly isLoggedIn: boolean;
  /** What was measured with a site of the scanner's own: whether this browser sends cookies to other sites. */
  readonly sendsThirdPartyCookies: boolean;
  readonly cookies: readonly SeenCookie[];
  readonly sockets: readonly SeenSocket[];
}

/** A trial from another page, and what it proves. */
export interface JudgedTrial {
  readonly trial: SocketTrial;
  readonly verdict: Verdict;
}

/** What a real browser proved of one socket. */
export interface SocketProof {
  /** The page that opens it: what the proof is asked for again with. */
  readonly page: string;
  readonly isLoggedIn: boolean;
  /** The target is on this machine, or on a network of its own: browsers ask before a page of the internet may reach it. */
  readonly isLocal: boolean;
  readonly control: SocketTrial;
  readonly anonymous: SocketTrial;
  /** From a page of another site. */
  readonly stranger: JudgedTrial;
  /** The same, in a browser that blocks third-party cookies; null where the first did not succeed. */
  readonly strangerWithoutCookies: JudgedTrial | null;
  /** From a page of the same site and another origin. */
  readonly sibling: JudgedTrial;
}
