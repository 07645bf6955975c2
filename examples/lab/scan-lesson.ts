import {
  builtInChecks,
  defaultSettings,
  parseTargetUrl,
  type Progress,
  type Report,
  resolveTarget,
  runScan,
  type ScanSettings,
} from "@sallyport/scanner";

import type { Lesson } from "./lesson.ts";

/** What a scan of a lesson can be given. */
export interface ScanOptions {
  /** Ids of checks. Default: those that find the lesson's weakness. */
  readonly checks?: readonly string[];
  readonly settings?: Partial<ScanSettings>;
  readonly onProgress?: (progress: Progress) => void;
}

/** Connections a second: the application is on this machine. */
const perSecond = 100;

function pagesOf(url: string): string {
  return new URL(url).origin.replace(/^ws/, "http");
}

function logoutUrlOf({ scan: { logoutPath } }: Lesson, url: string): URL | null {
  return logoutPath === undefined ? null : new URL(logoutPath, pagesOf(url));
}

/** Scans a lesson's application at a URL, through the gate or straight. Rejects where it cannot sign in. */
export async function scanLesson(lesson: Lesson, url: string, options: ScanOptions = {}): Promise<Report> {
  const { scan } = lesson;
  const ids = options.checks ?? scan.checks;
  if (scan.signInPath !== undefined) await fetch(new URL(scan.signInPath, pagesOf(url)));
  return await runScan({
    target: await resolveTarget(parseTargetUrl(url)),
    checks: builtInChecks.filter(({ id }) => ids.includes(id)),
    settings: {
      ...defaultSettings,
      credentials: [
        ...(scan.cookie === undefined ? [] : [["Cookie", scan.cookie] as const]),
        ...(scan.token === undefined ? [] : [["Authorization", `Bearer ${scan.token}`] as const]),
      ],
      subprotocols: scan.subprotocol === undefined ? [] : [scan.subprotocol],
      messages: scan.messages ?? [],
      logoutUrl: logoutUrlOf(lesson, url),
      destructive: scan.isDestructive ?? false,
      pace: { ...defaultSettings.pace, perSecond },
      ...options.settings,
    },
    scanner: "the lab",
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
}

/** In quotes, where a shell would read something else. */
function quoted(text: string): string {
  return /^[\w.,:/@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command that scans the same. */
export function scanCommand(lesson: Lesson, url: string): string {
  const { checks, cookie, token, subprotocol, messages = [], isDestructive = false } = lesson.scan;
  const logoutUrl = logoutUrlOf(lesson, url);
  const words = [
    "npx",
    "sallyport-scan",
    "--only",
    checks.join(","),
    ...(cookie === undefined ? [] : ["--cookie", cookie]),
    ...(token === undefined ? [] : ["--token", token]),
    ...(subprotocol === undefined ? [] : ["--subprotocol", subprotocol]),
    ...messages.flatMap((message) => ["--message", message]),
    ...(logoutUrl === null ? [] : ["--logout-url", logoutUrl.href]),
    ...(isDestructive ? ["--destructive"] : []),
    url,
  ];
  return words.map(quoted).join(" ");
}
