import { getPage, type Page } from "../probe/get-page.ts";
import { problemOf } from "../problem-of.ts";
import type { Pace } from "../pace.ts";
import type { ScanSettings } from "../scan-settings.ts";
import { parseTargetUrl, resolveTarget, type Target } from "../target.ts";
import { isRelated } from "./is-related.ts";

/** A text that may name endpoints. */
export interface SourceText {
  readonly url: URL;
  readonly text: string;
}

/** A page and the scripts that it loads from its own origin. */
export interface ReadPages {
  /** Where the page is, after redirections. */
  readonly page: URL;
  /** Why it could not be read; empty where it was. */
  readonly problem: string;
  readonly texts: readonly SourceText[];
}

/** Redirections that are followed, scripts that are asked for, and bytes of each and of all. */
const MAX_REDIRECTIONS = 3;
const MAX_SCRIPTS = 20;
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_ALL_BYTES = 8 * 1024 * 1024;
const SCRIPTS =
  /(?:<script\b[^>]{0,500}?\bsrc=|<link\b[^>]{0,200}?\brel=["']?modulepreload["']?[^>]{0,200}?\bhref=)["']?([^"'\s>]+)/gi;
const IMPORTS = /\b(?:from|import)\s*(?:\(\s*)?["']([./][^"'\s]*\.m?js)["']/g;

/** Reads a page and its scripts, at the pace of the scan and with the user's credentials. Never rejects for what the target does. */
export async function readPages(url: URL, settings: ScanSettings, pace: Pace): Promise<ReadPages> {
  const get = (target: Target, at: URL, accept: string): Promise<Page> =>
    pace.take().then(() =>
      getPage({
        target,
        path: `${at.pathname}${at.search}`,
        headers: {
          Accept: accept,
          "User-Agent": settings.userAgent,
          ...Object.fromEntries(settings.credentials),
        },
        maxBytes: MAX_BYTES,
        timeoutMs: Math.max(settings.handshakeMs, settings.patienceMs) * 2,
      }),
    );
  let page = url;
  try {
    let target = await resolveTarget(parseTargetUrl(page.href));
    let answer = await get(target, page, "text/html");
    for (let count = 0; count < MAX_REDIRECTIONS && answer.location !== null; count += 1) {
      const next = new URL(answer.location, page);
      if (!next.protocol.startsWith("http") || !isRelated(next.hostname, url.hostname))
        return { page, problem: `it leads to ${next.origin}`, texts: [] };
      page = next;
      target = await resolveTarget(parseTargetUrl(page.href));
      answer = await get(target, page, "text/html");
    }
    if (answer.status !== 200) return { page, problem: `answered with ${answer.status}`, texts: [] };
    const scripts = await readScripts({ url: page, text: answer.text }, (at) => get(target, at, "*/*"));
    return { page, problem: "", texts: [{ url: page, text: answer.text }, ...scripts] };
  } catch (error) {
    return { page, problem: problemOf(error), texts: [] };
  }
}

/** The scripts of a page, and what they import, the nearest first. */
async function readScripts(
  page: SourceText,
  get: (url: URL) => Promise<Page>,
): Promise<readonly SourceText[]> {
  const texts: SourceText[] = [];
  const queue = linksOf(page, SCRIPTS);
  const known = new Set(queue.map(({ href }) => href));
  let bytes = page.text.length;
  let asked = 0;
  for (const url of queue) {
    if (asked >= MAX_SCRIPTS || bytes >= MAX_ALL_BYTES) break;
    if (url.origin !== page.url.origin) continue;
    asked += 1;
    const answer = await get(url).catch(() => null);
    if (answer === null || answer.status !== 200) continue;
    const script = { url, text: answer.text };
    texts.push(script);
    bytes += script.text.length;
    for (const more of linksOf(script, IMPORTS))
      if (!known.has(more.href)) {
        known.add(more.href);
        queue.push(more);
      }
  }
  return texts;
}

function linksOf({ url, text }: SourceText, pattern: RegExp): URL[] {
  return [...text.matchAll(pattern)].flatMap(([, link = ""]) =>
    URL.canParse(link, url.href) ? [new URL(link, url)] : [],
  );
}
