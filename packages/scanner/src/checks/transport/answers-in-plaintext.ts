import { type Check, found, type Outcome, notApplicable, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { NoConnectionError } from "../../not-tested.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** The same socket is there without TLS. */
export const answersInPlaintext: Check = {
  id: "answers-in-plaintext",
  group: "transport",
  title: "The socket is served without TLS",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "Whoever is on the way reads and changes what passes over `ws:`, cookies and tokens included. A plain twin of a `wss:` endpoint is enough: a link or an old client that says `ws:` uses it.",
  decides:
    "By a 101 with the right `Sec-WebSocket-Accept` to a plain handshake on port 80 of the same host and on the port of the `wss:` endpoint itself. A `ws:` target that is not on loopback is reported for what it is.",
  sends:
    "for a wss: target, one plain handshake without credentials to port 80 and one to the target's own port",
  remedy: {
    summary:
      "Serve WebSockets over TLS alone, and refuse plain upgrades: a redirect comes too late for what the request already said.",
    nginx: "listen 443 ssl; # and no location with proxy_set_header Upgrade in the server of port 80",
    sallyport: "listen: [{ address: 0.0.0.0:443, tls: { certificate: cert.pem, key: key.pem } }]",
  },
  references: { cwe: [319], asvs: ["4.4.1", "12.2.1"], rfc: ["RFC 6455 10.6"], cheatSheet: true },
  withoutControl: true,
  async run(context) {
    const { isTls, isLoopback, port } = context.target;
    if (!isTls) return ofPlainTarget(context);
    const ports = [...new Set(isLoopback ? [port] : [80, port])];
    const trials = await Promise.all(ports.map((each) => tryPlain(context, each)));
    const answered = trials.filter((trial) => trial !== null);
    if (answered.length === 0) return passed(`no socket without TLS on port ${ports.join(" or ")}`);
    return found({
      detail: "A plain handshake was accepted on the host of a wss: endpoint.",
      evidence: answered,
    });
  },
};

function ofPlainTarget({ target, control }: CheckContext): Outcome {
  if (target.isLoopback) return notApplicable("the target is on loopback, where nobody is on the way");
  return found({
    detail: `The endpoint itself is ${target.url.protocol}//, without TLS.`,
    evidence: [control.exchange],
  });
}

async function tryPlain(context: CheckContext, port: number): Promise<Exchange | null> {
  try {
    const { host } = context.target;
    const authority = host.includes(":") ? `[${host}]` : host;
    const set = { Host: port === 80 ? authority : `${authority}:${port}` };
    const attempt = await context.open({ credentials: false, ticket: null, set }, { port, tls: null });
    return attempt.kind === "accepted" ? attempt.probe.exchange(`a plain handshake on port ${port}`) : null;
  } catch (error) {
    // Nobody listens there: there is no plain twin.
    if (error instanceof NoConnectionError) return null;
    throw error;
  }
}
