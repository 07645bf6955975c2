import { readFileSync } from "node:fs";
import { defaultSettings, type ScanSettings } from "../scan-settings.ts";
import type { TicketSettings } from "../ticket.ts";
import type { ScanFlags } from "./scan-flags.ts";

const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n]*)$/;

/** The settings that flags ask for. Throws an error that says which flag is wrong. */
export function settingsOf(flags: ScanFlags, version: string): ScanSettings {
  const headers = flags.header.map((line) => {
    const parts = HEADER.exec(line);
    if (parts === null) throw new Error(`--header ${JSON.stringify(line)} is not of the form 'Name: value'`);
    return [parts[1] ?? "", parts[2] ?? ""] as const;
  });
  for (const value of [flags.cookie, flags.token, flags.expiredToken, flags.origin, ...flags.subprotocol])
    if (value !== undefined && /[\r\n]/.test(value))
      throw new Error("a header cannot have a line feed in it");
  return {
    ...defaultSettings,
    credentials: [
      ...(flags.cookie === undefined ? [] : [["Cookie", flags.cookie] as const]),
      ...(flags.token === undefined ? [] : [["Authorization", `Bearer ${flags.token}`] as const]),
      ...headers,
    ],
    ticket: ticketOf(flags),
    origin: flags.origin ?? null,
    subprotocols: flags.subprotocol,
    messages: flags.message,
    authorities: flags.ca.map((file) => readFileSync(file, "utf8")),
    expiredToken: flags.expiredToken ?? null,
    jwks: flags.jwks === undefined ? null : readFileSync(flags.jwks, "utf8"),
    logoutUrl: flags.logoutUrl === undefined ? null : urlOf("--logout-url", flags.logoutUrl),
    destructive: flags.destructive,
    patienceMs: flags.patience,
    idleMs: flags.idle * 1000,
    pace: { perSecond: flags.rate, connections: flags.budget, totalMs: flags.timeLimit * 1000 },
    userAgent: `sallyport-scan/${version} (security audit on behalf of the operator)`,
  };
}

/** Each of the flags about tickets asks for them. */
function ticketOf({ ticket, ticketUrl, ticketField, ticketParameter }: ScanFlags): TicketSettings | null {
  if (!ticket && ticketUrl === undefined && ticketParameter === undefined) return null;
  return {
    url: ticketUrl === undefined ? null : urlOf("--ticket-url", ticketUrl),
    field: ticketField,
    parameter: ticketParameter ?? null,
  };
}

function urlOf(flag: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new Error(`${flag} ${JSON.stringify(text)} is not an http: or https: URL`);
  return url;
}
