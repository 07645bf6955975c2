import type { SocketProof } from "../../browser/browser-evidence.ts";
import { type Check, type Outcome, type Sighting } from "../../check.ts";
import { outcomeOf } from "./browser-proof.ts";

/** A page of the same site and another origin uses the visitor's socket, in a real browser. */
export const siblingHijackProven: Check = {
  id: "sibling-hijack-proven",
  group: "origin",
  title: "In a browser, a page of a sibling origin uses the visitor's socket",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:L/A:N",
  about:
    "`SameSite` knows sites, and no origins: for it, every subdomain and every port is the same site as the application. A page on one of them, a forgotten name that somebody else took over, a wiki, another team's service with a flaw, has the visitor's cookies in its handshakes, `SameSite=Strict` or not. Only a server that looks at `Origin`, or asks for something that a page has to fetch, tells it apart.",
  decides:
    "As [hijack-proven](hijack-proven.md) does, from a page of an invented subdomain of the application's host or, where that has none, of another port of it.",
  sends: "with --browser: nothing besides what hijack-proven sends",
  remedy: {
    summary:
      "Compare `Origin` with a list of whole origins, without a wildcard, before the upgrade; or let the page fetch a ticket for its socket.",
    ws: 'server.on("upgrade", (request, socket, head) => { if (!allowed.has(request.headers.origin)) { socket.end("HTTP/1.1 403 Forbidden\\r\\n\\r\\n"); return; } … })',
    socketIo:
      "new Server(http, { allowRequest: (request, done) => done(null, allowed.has(request.headers.origin)) })",
    nginx: 'if ($http_origin !~ "^https://app\\.example\\.com$") { return 403; }',
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [1385, 346], asvs: ["4.4.2"], rfc: ["RFC 6455 10.2"], cheatSheet: true },
  needsBrowser: true,
  withoutControl: true,
  run: async (context): Promise<Outcome> => outcomeOf(context, ({ sibling }) => sibling, sighting),
};

function sighting({ sibling, control, anonymous }: SocketProof): Pick<Sighting, "detail" | "evidence"> {
  return {
    detail: `A page of the same site and another origin opened the socket, and ${sibling.verdict.words}.`,
    evidence: [sibling.trial.exchange, control.exchange, anonymous.exchange],
  };
}
