import { frame } from "../../probe/frame.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import type { Visit } from "../../reverse/visit.ts";
import { clientRemedy } from "./client-breach.ts";
import { CLIENT_CRASH_CVSS, CLIENT_CRASH_DECIDES, judgeClientCrash } from "./client-crash.ts";

/** The network may end anything at any time. */
export const clientCrashesOnReset: ClientCheck = {
  id: "client-crashes-on-reset",
  group: "client",
  title: "A connection that is reset ends the client's process",
  severity: "medium",
  cvss: CLIENT_CRASH_CVSS,
  about:
    "Connections are reset by servers that restart, by proxies and by anybody on the way. A client that does not listen for the error ends with it.",
  decides: CLIENT_CRASH_DECIDES,
  sends: "three connections that are reset: before the answer, behind it, and in the middle of a frame",
  remedy: {
    ...clientRemedy("Listen for errors of every connection from the moment that it is made."),
    ws: 'socket.on("error", (error) => log(error))',
  },
  references: { cwe: [248, 755], rfc: ["RFC 6455 7.1.7"] },
  impact: "destructive",
  run: (context) =>
    judgeClientCrash(context, [
      { name: "a reset before the answer", run: ({ probe }) => probe.reset() },
      { name: "a reset of an open connection", run: (visit) => opened(visit) },
      {
        name: "a reset in the middle of a frame",
        run: async (visit) => {
          await opened(visit, frame({ opcode: "text", announced: 100, payload: "half", mask: null }));
        },
      },
    ]),
};

/** Resets when the client has taken the answer: a ping behind it was answered. */
async function opened(visit: Visit, before: Buffer | null = null): Promise<void> {
  visit.accept();
  await visit.probe.ping(5000);
  if (before !== null) {
    visit.probe.send(before);
    await new Promise((resolve) => visit.probe.socket.write("", resolve));
  }
  visit.probe.reset();
}
