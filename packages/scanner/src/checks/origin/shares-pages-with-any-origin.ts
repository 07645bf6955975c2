import { type Check, found, notApplicable, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import type { Probe } from "../../probe/probe.ts";
import { headerOf } from "../../probe/response-head.ts";
import { FOREIGN } from "./foreign-origin.ts";

/** Any site may read what the endpoint's host serves. */
export const sharesPagesWithAnyOrigin: Check = {
  id: "shares-pages-with-any-origin",
  group: "origin",
  title: "Any site can read what the endpoint's host serves (CORS)",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N",
  about:
    "Where the host of the endpoint allows any origin to read its pages, a token in one of them, such as that with which a page opens its socket, is a token for everybody. Development servers show their source code that way.",
  decides:
    "By `Access-Control-Allow-Origin` in the answer to `GET /` with a foreign Origin: reflected together with credentials, or, on loopback, `*` or reflected.",
  sends: `one GET of \`/\` with Origin: ${FOREIGN}, with the credentials`,
  remedy: {
    summary: "Allow no origin, or those of a list.",
    sallyport: "http: refuse",
  },
  references: { cwe: [942], asvs: ["3.4.2"], advisories: ["CVE-2025-24010"] },
  withoutControl: true,
  async run(context) {
    const probe = await getRoot(context);
    if (probe.head === null || probe.head.status !== 200)
      return notApplicable("the endpoint's host serves no page at /");
    const allowed = headerOf(probe.head, "access-control-allow-origin");
    const withCookies = headerOf(probe.head, "access-control-allow-credentials") === "true";
    const isWhole = allowed === FOREIGN && withCookies;
    const isLocal = context.target.isLoopback && (allowed === FOREIGN || allowed === "*");
    if (!isWhole && !isLocal) return passed(allowed === null ? "" : `it allows ${allowed}`);
    return found({
      detail: `The answer to GET / allows ${allowed}${withCookies ? ", with cookies" : ""}.`,
      evidence: [probe.exchange("a GET of the root for a foreign origin")],
    });
  },
};

async function getRoot(context: CheckContext): Promise<Probe> {
  const { target, settings } = context;
  const { probe } = await context.request({
    method: "GET",
    path: "/",
    headers: [
      ["Host", target.authority],
      ["User-Agent", settings.userAgent],
      ["Accept", "text/html"],
      ["Origin", FOREIGN],
      ...settings.credentials,
      ["Connection", "close"],
    ],
  });
  return probe;
}
