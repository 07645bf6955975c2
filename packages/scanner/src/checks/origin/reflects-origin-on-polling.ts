import { type Check, found, notApplicable, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import type { Probe } from "../../probe/probe.ts";
import { headerOf } from "../../probe/response-head.ts";
import { FOREIGN } from "./foreign-origin.ts";

/** What opens a session of Engine.IO, in the framing of any of its versions. */
const OPENS = /0\{"sid":"/;

/** The long-polling twin of the socket is open to any site. */
export const reflectsOriginOnPolling: Check = {
  id: "reflects-origin-on-polling",
  group: "origin",
  title: "Any site can use the long-polling twin of the socket",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N",
  about:
    "Socket.IO speaks the same protocol over HTTP. Where its answers allow every origin to read them, with cookies, any page opens a session there as the user who looks at it, and needs no WebSocket for it.",
  decides:
    "By `Access-Control-Allow-Origin` in the answer that opens a session: the foreign origin reflected together with `Access-Control-Allow-Credentials`. Medium for `*` or without credentials.",
  sends: `GETs of the target's path with \`transport=polling\` for Engine.IO 4 and 3, with Origin: ${FOREIGN}`,
  remedy: {
    summary: "List the origins; never reflect what the request says.",
    socketIo: 'new Server(http, { cors: { origin: ["https://app.example.com"], credentials: true } })',
    sallyport: "http: refuse # the fall-back is not served; origin: { allow: [https://app.example.com] }",
  },
  references: {
    cwe: [942, 346],
    asvs: ["3.4.2"],
    advisories: ["CVE-2020-28481"],
    cheatSheet: true,
  },
  withoutControl: true,
  async run(context) {
    for (const version of ["4", "3"]) {
      const probe = await poll(context, version);
      if (probe.head?.status !== 200 || !OPENS.test(probe.body.toString("latin1"))) continue;
      const allowed = headerOf(probe.head, "access-control-allow-origin");
      const withCookies = headerOf(probe.head, "access-control-allow-credentials") === "true";
      if (allowed !== FOREIGN && allowed !== "*")
        return passed(`a session opens, and pages of ${FOREIGN} cannot read it`);
      const isWhole = allowed === FOREIGN && withCookies;
      return found({
        detail: `The answer that opens a session allows ${allowed}${withCookies ? ", with cookies" : ""}.`,
        evidence: [probe.exchange("a session over long polling, for a foreign origin")],
        ...(isWhole ? {} : { severity: "medium", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N" }),
      });
    }
    if ((await poll(context, "4", context.control.origin)).head?.status === 200)
      return passed("a foreign origin opens no session");
    return notApplicable("there is no long polling of Engine.IO at this path");
  },
};

async function poll(context: CheckContext, version: string, origin: string | null = FOREIGN): Promise<Probe> {
  const url = new URL(context.target.url);
  url.searchParams.set("EIO", version);
  url.searchParams.set("transport", "polling");
  url.searchParams.delete("sid");
  const { probe } = await context.request({
    method: "GET",
    path: `${url.pathname}${url.search}`,
    headers: [
      ["Host", context.target.authority],
      ["User-Agent", context.settings.userAgent],
      ...(origin === null ? [] : [["Origin", origin] as const]),
      ...context.settings.credentials,
      ["Connection", "close"],
    ],
  });
  return probe;
}
