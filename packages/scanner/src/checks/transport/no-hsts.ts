import { isIP } from "node:net";
import { describeAttempt } from "../../attempt.ts";
import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { headerOf } from "../../probe/response-head.ts";

/** A year, as ASVS asks. */
const LEAST_SECONDS = 31_536_000;

/** Nothing keeps browsers from asking without TLS. */
export const noHsts: Check = {
  id: "no-hsts",
  group: "transport",
  title: "Browsers are not told to use TLS alone (HSTS)",
  severity: "low",
  cvss: "CVSS:3.1/AV:A/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
  about:
    "`Strict-Transport-Security` makes a browser use `https:` and `wss:` whatever a link says. Without it the first request, with its cookies, can be had by whoever is on the way.",
  decides: `By the header in the answer to \`GET /\` on the endpoint's own port: it has to be there, with a max-age of at least ${LEAST_SECONDS} seconds.`,
  sends: "one GET of `/` without credentials",
  remedy: {
    summary:
      "Send `Strict-Transport-Security: max-age=63072000; includeSubDomains` in every answer over TLS.",
    nginx: 'add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;',
  },
  references: { cwe: [523, 319], asvs: ["3.4.1"], rfc: ["RFC 6797 6.1"] },
  withoutControl: true,
  async run(context) {
    const { isTls, host, authority } = context.target;
    if (!isTls) return notApplicable("the target has no TLS: see answers-in-plaintext");
    if (isIP(host) !== 0) return notApplicable("browsers keep it for names alone, not for addresses");
    if (host === "localhost" || host.endsWith(".localhost"))
      return notApplicable("localhost must not have it: it would hold for every program on the machine");
    const attempt = await context.request({
      method: "GET",
      path: "/",
      headers: [
        ["Host", authority],
        ["User-Agent", context.settings.userAgent],
        ["Connection", "close"],
      ],
    });
    const { head } = attempt.probe;
    if (head === null) return notTested(`GET / was ${describeAttempt(attempt)}`);
    const policy = headerOf(head, "strict-transport-security");
    const seconds = Number(/max-age="?(\d+)/i.exec(policy ?? "")?.[1] ?? 0);
    if (seconds >= LEAST_SECONDS) return passed(`max-age ${seconds}`);
    return found({
      detail:
        policy === null
          ? "The answer to GET / has no Strict-Transport-Security."
          : `Strict-Transport-Security is ${policy}: shorter than a year.`,
      evidence: [attempt.probe.exchange("a GET of the root")],
    });
  },
};
