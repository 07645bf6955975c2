import type { SocketProof } from "./browser/browser-evidence.ts";
import type { PaceOptions } from "./pace.ts";
import type { TicketSettings } from "./ticket.ts";

/** What the user said about the target and about how it may be scanned. */
export interface ScanSettings {
  /** Headers by which the user is known: `--cookie`, `--token`, `--header`. */
  readonly credentials: readonly (readonly [name: string, value: string])[];
  /** How the one-time ticket of each handshake is fetched; null where there are none. */
  readonly ticket: TicketSettings | null;
  /** The origin of the application's own pages; null: that of the endpoint's host. */
  readonly origin: string | null;
  readonly subprotocols: readonly string[];
  /** Text messages that a client says first, so that the application answers. */
  readonly messages: readonly string[];
  /** Certificates, as PEM, of authorities to trust besides those that everybody does. */
  readonly authorities: readonly string[];
  /** A token of the application that is over; null where none was given. */
  readonly expiredToken: string | null;
  /** The public keys that tokens are verified by, as a JWK set or PEM; null: they are looked for at the usual place. */
  readonly jwks: string | null;
  /** Where a request with the credentials ends the user's session; null where none was given. */
  readonly logoutUrl: URL | null;
  /** What a real browser proved of the endpoint: `--browser`; null where none was asked. */
  readonly browser: SocketProof | null;
  /** Why there is no such proof, in words. */
  readonly withoutBrowser: string;
  /** Checks that may end the process of the target may run. */
  readonly destructive: boolean;
  /** How long no answer counts as none, at least; a slow target gets more. */
  readonly patienceMs: number;
  /** How long a connection is left alone to see whether it is ended or asked after. */
  readonly idleMs: number;
  /** How long a handshake may take to be answered, at least. */
  readonly handshakeMs: number;
  /** How many checks run at once. */
  readonly concurrency: number;
  readonly pace: PaceOptions;
  readonly userAgent: string;
}

/** What holds where the user says nothing: polite, and over within a minute. */
export const defaultSettings: ScanSettings = {
  credentials: [],
  ticket: null,
  origin: null,
  subprotocols: [],
  messages: [],
  authorities: [],
  expiredToken: null,
  jwks: null,
  logoutUrl: null,
  browser: null,
  withoutBrowser: "it takes a real browser, and runs with --browser alone",
  destructive: false,
  patienceMs: 1000,
  // Longer than the 30 s that most heartbeats take, and over within the minute of a scan.
  idleMs: 40_000,
  handshakeMs: 2000,
  concurrency: 4,
  // A gate that admits 20 handshakes a second from one address does not notice.
  pace: { perSecond: 15, connections: 1000, totalMs: 55_000 },
  userAgent:
    "sallyport-scan (security audit asked for by the operator; https://www.npmjs.com/package/@sallyport/scanner)",
};

/** Whether a query parameter of this name carries a credential. */
export function isCredentialName(name: string): boolean {
  return /token|^jwt$|ticket|secret|password|^auth|^sid$|session|^api_?key$/i.test(name);
}

/** Credentials that browsers send by themselves, whoever's page asks: cookies, and what HTTP authentication keeps for a host. */
export function isAmbientCredential([name, value]: ScanSettings["credentials"][number]): boolean {
  return (
    /^cookie$/i.test(name) ||
    (/^authorization$/i.test(name) && /^(?:basic|digest|negotiate|ntlm) /i.test(value))
  );
}

/** Headers that a page's handshake has whether or not the page knows them: such credentials, and what a browser says of itself. */
export function isAmbient(header: ScanSettings["credentials"][number]): boolean {
  return (
    isAmbientCredential(header) || /^(?:user-agent|accept(?:-.+)?|cache-control|pragma)$/i.test(header[0])
  );
}

/** The token that a subprotocol carries; null where it is none but a name. */
export function tokenOfSubprotocol(name: string): string | null {
  return /eyJ[\w-]+\.[\w-]+\.[\w-]*/.exec(name)?.[0] ?? null;
}

/** Values that must not stand in any report. */
export function secretsOf(settings: ScanSettings, url: URL): readonly string[] {
  const ofHeaders = settings.credentials.flatMap(([name, value]) =>
    name.toLowerCase() === "cookie"
      ? value.split(";").map((pair) => pair.slice(pair.indexOf("=") + 1).trim())
      : [value, value.replace(/^\w+ /, "")],
  );
  const ofQuery = [...url.searchParams].flatMap(([name, value]) => (isCredentialName(name) ? [value] : []));
  return [...ofHeaders, ...ofQuery, ...(settings.expiredToken === null ? [] : [settings.expiredToken])];
}
