import { type Check, found, passed } from "../../check.ts";

const HEADERS = /^(?:server|via|x-powered-by|x-aspnet-version|x-aspnetmvc-version|x-generator)$/;

/** The server says what it runs. */
export const disclosesVersion: Check = {
  id: "discloses-version",
  group: "handshake",
  title: "Answers tell the version of the software",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "A version in a header tells whoever looks for a known fault where to find it. It is no fault by itself, and nothing else in the report is judged by it.",
  decides:
    "By a number with a dot in a header such as `Server` or `X-Powered-By`, in the answer to a normal handshake or to a refused one.",
  sends: "one handshake of an unknown version",
  remedy: {
    summary: "Leave the version out of headers.",
    nginx: "server_tokens off;",
  },
  references: { cwe: [497], asvs: ["13.4.6"] },
  withoutControl: true,
  async run(context) {
    const { probe } = await context.request(context.handshake({ set: { "Sec-WebSocket-Version": "99" } }));
    const headers = [...(context.control.head?.headers ?? []), ...(probe.head?.headers ?? [])];
    const telling = headers.filter(([name, value]) => HEADERS.test(name) && /\d+\.\d+/.test(value));
    if (telling.length === 0) return passed();
    const lines = [...new Set(telling.map(([name, value]) => `${name}: ${value}`))];
    return found({
      detail: `Answers say ${lines.join(", ")}.`,
      evidence: [context.control.exchange, probe.exchange("a handshake of an unknown version")],
    });
  },
};
