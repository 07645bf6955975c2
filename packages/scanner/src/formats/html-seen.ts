import type { BrowserReport, SeenCookie } from "../browser/browser-evidence.ts";
import type { Discovery } from "../discover/discover-endpoints.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { exchange } from "./html-exchange.ts";

/** The endpoints that a page was found to have, as HTML. */
export function discoveryTable({ page, problem, endpoints }: Discovery): string {
  const rows = endpoints.map(({ url, how, dialect, answer, isScanned }) => [
    url,
    dialect ?? "",
    how,
    `${answer}${isScanned ? "" : "; not scanned"}`,
  ]);
  const lead =
    problem === "" ? "" : `<p class="warning">${escapeMarkup(`The page could not be read: ${problem}.`)}</p>`;
  return `<h2>Endpoints of ${escapeMarkup(page)}</h2>\n${lead}${table(["endpoint", "dialect", "found by", "answer"], rows)}`;
}

/** What a browser saw of an application, as HTML. */
export function seenByBrowser(seen: BrowserReport): string {
  const { browser, page, problem, isLoggedIn, sendsThirdPartyCookies, cookies, sockets } = seen;
  const said = `${browser} opened ${page} ${isLoggedIn ? "with the login of --storage-state" : "without a login"}. Third-party cookies are ${sendsThirdPartyCookies ? "sent" : "kept back"} by it, as a site of the scanner's own has shown.`;
  const warning = problem === "" ? "" : `\n<p class="warning">${escapeMarkup(`${problem}.`)}</p>`;
  const exchanges = sockets
    .map(({ url, notTried, exchange: said_ }) => {
      const not = notTried === "" ? "" : `, not tried: ${notTried}`;
      return `<details><summary>${escapeMarkup(`${url}${not}`)}</summary>${exchange(said_)}</details>`;
    })
    .join("\n");
  return `<h2>In a browser</h2>
<p>${escapeMarkup(said)}</p>${warning}
<h4>Sockets of the page</h4>
${sockets.length === 0 ? "<p>None.</p>" : exchanges}
<h4>Cookies</h4>
${cookies.length === 0 ? "<p>None.</p>" : table(["cookie", "of", "attributes"], cookies.map(cookieRow))}`;
}

function cookieRow({ name, domain, path, sameSite, isSecure, isHttpOnly, partition }: SeenCookie): string[] {
  const attributes = [
    `SameSite=${sameSite}`,
    ...(isSecure ? ["Secure"] : []),
    ...(isHttpOnly ? ["HttpOnly"] : []),
    ...(partition === null ? [] : [`Partitioned (${partition})`]),
  ];
  return [name, `${domain}${path}`, attributes.join("; ")];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, at) => `<td data-name="${heads[at] ?? ""}">${escapeMarkup(cell)}</td>`).join("")}</tr>`,
  );
  return `<table>\n<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>\n<tbody>\n${body.join("\n")}\n</tbody>\n</table>`;
}
