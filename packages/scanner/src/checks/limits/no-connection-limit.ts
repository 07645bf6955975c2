import { describeAttempt } from "../../attempt.ts";
import { type Check, found, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { NoTicketError } from "../../not-tested.ts";
import { describeRequest, serializeRequest } from "../../probe/handshake.ts";
import type { Probe } from "../../probe/probe.ts";

/** More than a user has open, and more than a gate admits from one address by default. */
const CONNECTIONS = 105;
/** Opened at the same time, at the pace of the scan. */
const AT_ONCE = 15;

/** One address may hold any number of connections. */
export const noConnectionLimit: Check = {
  id: "no-connection-limit",
  group: "limits",
  title: "Connections of one address have no limit in number",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Each connection costs a file descriptor and memory for as long as it lives, and clients can keep it for ever. One machine that opens them until there are none left shuts out everybody else.",
  decides:
    "By whether 105 connections from one address with the same credentials are all admitted and all still open at the end. A refusal of any of them, whatever its form, is a limit.",
  sends: "105 handshakes at the pace of the scan, and nothing on the connections",
  remedy: {
    summary: "Count connections per address and per user, and answer 429 above what a user needs.",
    ws: 'if (open.get(request.socket.remoteAddress) >= 20) socket.end("HTTP/1.1 429 Too Many Requests\\r\\n\\r\\n")',
    nginx: "limit_conn_zone $binary_remote_addr zone=ws:10m; # and in the location: limit_conn ws 20;",
    sallyport: "connectionLimit: { perAddress: 100, perUser: 10 }",
  },
  references: { cwe: [770], rfc: ["RFC 6455 10.4"], cheatSheet: true },
  impact: "heavy",
  isAlone: true,
  async run(context) {
    const opened: Probe[] = [];
    while (opened.length < CONNECTIONS) {
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () => openOnce(context).catch(noTicket)),
      );
      const refused = answers.find((answer) => typeof answer === "string");
      if (refused !== undefined) return passed(`a connection beside ${opened.length} others was ${refused}`);
      opened.push(...answers.filter((answer) => typeof answer !== "string"));
    }
    const [last] = opened.slice(-1);
    await last?.settle();
    const left = opened.filter(({ isClosed }) => !isClosed);
    if (left.length < CONNECTIONS) return passed(`${CONNECTIONS - left.length} of them were ended again`);
    return found({
      detail: `${CONNECTIONS} connections of one address were admitted, and all of them stayed open.`,
      evidence: last === undefined ? [] : [last.exchange(`the last of ${CONNECTIONS} connections`)],
    });
  },
};

/** A connection, or how it was refused: what is looked for, and not tried again. */
async function openOnce(context: CheckContext): Promise<Probe | string> {
  const request = await context.prepare(context.handshake());
  const probe = await context.dial();
  probe.send(serializeRequest(request), describeRequest(request));
  const attempt = await context.answered(probe);
  return attempt.kind === "accepted" ? probe : describeAttempt(attempt);
}

/** Who is given no ticket any more is refused a connection. */
function noTicket(error: unknown): string {
  if (error instanceof NoTicketError && error.retryMs !== null) return `refused: ${error.message}`;
  throw error;
}
