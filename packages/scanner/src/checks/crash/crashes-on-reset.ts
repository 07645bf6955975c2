import type { Check } from "../../check.ts";
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckContext } from "../../check-context.ts";
import { serializeRequest } from "../../probe/handshake.ts";
import type { Exchange } from "../../probe/transcript.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, eachOf, judgeCrash } from "./judge-crash.ts";

/** Engine.IO ends an upgrade that nobody took after one second. */
const UNOWNED_MS = 1400;

async function atOnce(context: CheckContext): Promise<Exchange> {
  const request = await context.prepare(context.handshake());
  const probe = await context.dial();
  probe.send(serializeRequest(request), "a handshake");
  // The bytes have left; that they were read is not waited for.
  await sleep(0);
  probe.reset();
  return probe.exchange("a reset right after the handshake");
}

async function inFrame(context: CheckContext, isHalf: boolean): Promise<Exchange> {
  const probe = await context.accepted();
  if (isHalf) probe.frame({ opcode: "text", announced: 100, payload: "x" });
  await probe.ping(isHalf ? 0 : undefined);
  probe.reset();
  return probe.exchange(isHalf ? "a reset in the middle of a frame" : "a reset of a connection");
}

async function unowned(context: CheckContext): Promise<Exchange> {
  const request = await context.prepare(context.handshake({ path: "/sallyport-scan-nobody", ticket: null }));
  const probe = await context.dial();
  probe.send(serializeRequest(request), "a handshake for a path that nobody owns");
  // An end is not answered by one, which would leave nothing to reset.
  probe.socket.allowHalfOpen = true;
  await sleep(UNOWNED_MS);
  probe.reset();
  return probe.exchange("a reset of an upgrade that nobody took");
}

/** A connection that breaks ends the process. */
export const crashesOnReset: Check = {
  id: "crashes-on-reset",
  group: "crash",
  title: "A connection that is reset ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "Connections break: by a lost network, or because a client resets them. A socket without a listener for errors ends the process then, such as one whose upgrade no library took.",
  decides: CRASH_DECIDES,
  sends:
    "four handshakes that are reset: at once, after the answer, in the middle of a frame, and 1.4 seconds after a handshake for a path that nobody owns",
  remedy: crashRemedy("Listen for errors on the socket of every upgrade, those included that nobody takes."),
  references: { cwe: [248, 755], rfc: ["RFC 6455 7.2.3"], advisories: ["CVE-2022-41940"] },
  impact: "destructive",
  isAlone: true,
  run: (context) =>
    judgeCrash(context, () =>
      eachOf([atOnce(context), inFrame(context, false), inFrame(context, true), unowned(context)]),
    ),
};
