import { type Check, found, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import type { DraftRequest } from "../../probe/handshake.ts";

/** What only a stack trace or a message for developers has in it. */
const INTERNALS: readonly RegExp[] = [
  /\bat (?:[\w.<>$ [\]]{1,200} )?\(?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\n<]{0,300}:\d+:\d+\)?/,
  /Traceback \(most recent call last\)/,
  /\bat [\w.$]{1,200}\([\w$]{1,100}\.(?:java|kt|scala):\d+\)/,
  /goroutine \d+ \[/,
  /\bon line <?b?>?\d+/,
  /[\\/]node_modules[\\/]/,
  /\bFile "[^"]{1,300}", line \d+/,
  /\bat [\w.]{1,200}\([^\n]{0,200}\) in [^\n]{0,300}:line \d+/,
];

/** Refusals tell what the server is made of. */
export const disclosesInRefusal: Check = {
  id: "discloses-in-refusal",
  group: "handshake",
  title: "Refused handshakes show a stack trace",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
  about:
    "A stack trace in an answer tells a stranger the paths, libraries and lines of the server: where to look next, and whether the last attempt came closer.",
  decides: "By what stands in the answers to handshakes that cannot be accepted, and in close reasons.",
  sends:
    "five handshakes: an invalid escape in the path, a path that is not there, a key that is none, an unknown version, and a bad header of extensions",
  remedy: {
    summary: "Answer a status and an incident id; write the cause to the log.",
    ws: 'socket.end("HTTP/1.1 400 Bad Request\\r\\n\\r\\n")',
    sallyport: "path: /chat # refusals carry a code and an incident id, nothing more",
  },
  references: { cwe: [209, 497], asvs: ["16.5.1"] },
  withoutControl: true,
  async run(context) {
    const attempts = await Promise.all(refusable(context).map((request) => context.request(request)));
    const telling = attempts.filter(({ probe }) => {
      const closing = probe.closeFrame?.payload.subarray(2) ?? Buffer.alloc(0);
      const text = Buffer.concat([probe.body, Buffer.from("\n"), closing]).toString("utf8");
      return INTERNALS.some((pattern) => pattern.test(text));
    });
    if (telling.length === 0) return passed("no stack trace in five refusals");
    return found({
      detail: "The answer to a handshake that was refused has a stack trace or a path of the server in it.",
      evidence: telling.slice(0, 2).map(({ probe }) => {
        probe.note(`the answer's body: ${probe.body.toString("utf8")}`);
        return probe.exchange("a handshake that was refused");
      }),
    });
  },
};

function refusable(context: CheckContext): readonly DraftRequest[] {
  const nobody = { credentials: false, ticket: null } as const;
  return [
    context.handshake({ ...nobody, path: "/%zz%" }),
    context.handshake({ ...nobody, path: "/sallyport-scan/not-there" }),
    context.handshake({ ...nobody, set: { "Sec-WebSocket-Key": "none" } }),
    context.handshake({ ...nobody, set: { "Sec-WebSocket-Version": "99" } }),
    context.handshake({ ...nobody, set: { "Sec-WebSocket-Extensions": '=;"' } }),
  ];
}
