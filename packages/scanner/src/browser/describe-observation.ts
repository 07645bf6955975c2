import type { BrowserContext } from "playwright-core";
import type { Masker } from "../probe/masker.ts";
import { Transcript } from "../probe/transcript.ts";
import { printable } from "../printable.ts";
import type { SeenCookie, SeenSocket } from "./browser-evidence.ts";
import { cookiesOf, type SocketRecord } from "./socket-recorder.ts";
import { noteRecord } from "./note-record.ts";

/** Cookies that a report lists. */
const MAX_COOKIES = 50;

/** A cookie, as Playwright has it. */
export type ContextCookie = Awaited<ReturnType<BrowserContext["cookies"]>>[number];

/** Cookies by name and attributes, without their values. */
export function describeCookies(cookies: readonly ContextCookie[]): readonly SeenCookie[] {
  return cookies
    .slice(0, MAX_COOKIES)
    .map(({ name, domain, path, sameSite, secure, httpOnly, partitionKey }) => ({
      name: printable(name, 100),
      domain: printable(domain, 100),
      path: printable(path, 100),
      sameSite,
      isSecure: secure,
      isHttpOnly: httpOnly,
      partition: partitionKey === undefined ? null : printable(partitionKey, 100),
    }));
}

/** A socket of the page, as it stands in a report. */
export function describeSocket(record: SocketRecord, mask: Masker, notTried: string): SeenSocket {
  const transcript = new Transcript(mask);
  const cookies = cookiesOf(record).map((name) => printable(name, 100));
  noteRecord(record, { sent: cookies, kept: [] }, transcript);
  const { url, subprotocol, status } = record;
  return {
    url: printable(mask(url)),
    subprotocol: subprotocol === null ? null : printable(mask(subprotocol)),
    status,
    cookies,
    exchange: transcript.exchange("as the application's page opened it"),
    notTried,
  };
}
