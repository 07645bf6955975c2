import { printable } from "../printable.ts";
import type { Report } from "../report.ts";

/** What was found of an application's endpoints, in lines of words: by reading its page, or by a browser. */
export function discoveryLines({
  discovery,
  browser,
}: Pick<Report, "discovery" | "browser">): readonly string[] {
  const lines: string[] = [];
  if (discovery !== undefined) {
    const { page, problem, endpoints } = discovery;
    lines.push(
      `Endpoints of ${printable(page)}${problem === "" ? "" : `, which could not be read (${printable(problem)})`}:`,
    );
    if (endpoints.length === 0) lines.push("  none was found; --browser sees what the page really opens");
    for (const { url, how, dialect, answer, isScanned } of endpoints)
      lines.push(
        `  ${printable(url)}${dialect === null ? "" : ` (${dialect})`}: ${how}; ${printable(answer)}${isScanned ? "" : "; not scanned"}`,
      );
  }
  if (browser !== undefined) {
    const { sockets, cookies, problem, isLoggedIn, sendsThirdPartyCookies } = browser;
    lines.push(
      `${browser.browser} opened ${printable(browser.page)} ${isLoggedIn ? "with the login of --storage-state" : "without a login"}${problem === "" ? "" : ` (${printable(problem)})`}; third-party cookies are ${sendsThirdPartyCookies ? "sent" : "kept back"}.`,
    );
    if (sockets.length === 0) lines.push("  It opened no WebSocket.");
    for (const { url, subprotocol, status, cookies: sent, notTried } of sockets)
      lines.push(
        `  ${url}${subprotocol === null ? "" : ` (${subprotocol})`}: ${status ?? "no answer"}, with ${sent.length === 0 ? "no cookie" : `the cookies ${sent.join(", ")}`}${notTried === "" ? "" : `; not tried: ${notTried}`}`,
      );
    for (const { name, domain, sameSite, isSecure, isHttpOnly, partition } of cookies)
      lines.push(
        `  Cookie ${name} of ${domain}: SameSite=${sameSite}${isSecure ? ", Secure" : ""}${isHttpOnly ? ", HttpOnly" : ""}${partition === null ? "" : ", Partitioned"}`,
      );
  }
  return lines;
}
