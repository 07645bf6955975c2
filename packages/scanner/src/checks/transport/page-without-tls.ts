import { type Check, found, notApplicable, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { NoConnectionError } from "../../not-tested.ts";
import { headerOf } from "../../probe/response-head.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** The page that opens the socket can be had without TLS. */
export const pageWithoutTls: Check = {
  id: "page-without-tls",
  group: "transport",
  title: "Pages of the host are served without TLS",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Whoever is on the way changes a page that comes without TLS, and the script in it then opens the socket with the user's cookies, encrypted and all. A plain page has to be a redirection to `https:`, and nothing else.",
  decides:
    "By a page, not a redirection or a refusal, in the answer to a plain `GET /` on port 80 of the same host and on the endpoint's own port.",
  sends:
    "one plain GET of `/` without credentials to port 80, and one to the target's own port; on loopback to the latter alone",
  remedy: {
    summary: "Answer every plain request for a page with a redirection to https:, and refuse all others.",
    nginx: "listen 80; return 308 https://$host$request_uri;",
    sallyport: "listen: [{ address: 0.0.0.0:443, tls: { certificate: cert.pem, key: key.pem } }]",
  },
  references: { cwe: [319], asvs: ["12.2.1", "4.1.2"], rfc: ["RFC 6797 7.2"], cheatSheet: true },
  withoutControl: true,
  async run(context) {
    const { isTls, isLoopback, port } = context.target;
    if (!isTls) return notApplicable("the target has no TLS: see answers-in-plaintext");
    const ports = [...new Set(isLoopback ? [port] : [80, port])];
    const pages = (await Promise.all(ports.map((each) => pageAt(context, each)))).filter(
      (page) => page !== null,
    );
    if (pages.length === 0) return passed(`no page without TLS on port ${ports.join(" or ")}`);
    return found({ detail: "A page is served without TLS on the host of a wss: endpoint.", evidence: pages });
  },
};

async function pageAt(context: CheckContext, port: number): Promise<Exchange | null> {
  try {
    const { host } = context.target;
    const authority = host.includes(":") ? `[${host}]` : host;
    const { probe } = await context.request(
      {
        method: "GET",
        path: "/",
        headers: [
          ["Host", port === 80 ? authority : `${authority}:${port}`],
          ["User-Agent", context.settings.userAgent],
          ["Connection", "close"],
        ],
      },
      { port, tls: null },
    );
    if (probe.head === null || probe.head.status !== 200) return null;
    const isPage = /html/i.test(headerOf(probe.head, "content-type") ?? "");
    return isPage ? probe.exchange(`a plain GET on port ${port}`) : null;
  } catch (error) {
    // Nobody listens there.
    if (error instanceof NoConnectionError) return null;
    throw error;
  }
}
