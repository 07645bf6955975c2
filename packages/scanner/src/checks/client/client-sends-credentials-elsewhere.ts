import { found, notApplicable, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { clientRemedy } from "./client-breach.ts";

const STANDARD = /^(authorization|proxy-authorization|cookie)$/i;

/** Credentials are for one host. */
export const clientSendsCredentialsElsewhere: ClientCheck = {
  id: "client-sends-credentials-elsewhere",
  group: "client",
  title: "The client follows a redirect and gives its credentials to another host",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:N/A:N",
  about:
    "A handshake may be answered with a redirect. A client that follows it to another host and repeats its `Authorization`, `Cookie` or key there gives them to whoever could write the redirect: an open redirect of the application is enough.",
  decides:
    "By whether the handshake of a client that sent credentials is answered with a redirect to another host and port, and comes there with the same values. To follow a redirect without them is no fault.",
  sends: "one 302 to another port, under the name `localhost` where the server listens on loopback",
  remedy: {
    ...clientRemedy(
      "Do not follow redirects, or send credentials only where host, port and scheme are the same.",
    ),
    ws: "new WebSocket(url, { followRedirects: false }) // the default",
  },
  references: { cwe: [522, 601], rfc: ["RFC 6455 4.1", "RFC 9110 15.4"] },
  async run(context) {
    const visit = await context.visit();
    const { credentials } = visit;
    if (credentials.length === 0) return notApplicable("the client sends no credentials");
    const elsewhere = await context.elsewhere();
    visit.accept({
      status: "302 Found",
      set: { Location: elsewhere.url, Upgrade: null, Connection: "close", "Content-Length": "0" },
    });
    const other = await elsewhere.next(context.silenceMs);
    if (other === null) return passed("the redirect was not followed");
    const given = other.credentials.filter(([name, value]) =>
      credentials.some(([sent, same]) => sent.toLowerCase() === name.toLowerCase() && same === value),
    );
    if (given.length === 0) return passed("the redirect was followed, without the credentials");
    const isStandard = given.some(([name]) => STANDARD.test(name));
    return found({
      detail: `The client followed a redirect to ${elsewhere.url} and sent there as well: ${given.map(([name]) => name).join(", ")}.`,
      evidence: [
        visit.probe.exchange("the handshake that was redirected"),
        other.probe.exchange("the handshake elsewhere"),
      ],
      // That names of its own are repeated is what most HTTP clients do, and what their manuals warn of.
      ...(isStandard ? {} : { severity: "low", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N" }),
    });
  },
};
