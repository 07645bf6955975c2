import { found, passed } from "../../check.ts";
import { frame } from "../../probe/frame.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { browserSeverity } from "./browser-severity.ts";
import { clientRemedy, endOf } from "./client-breach.ts";
import { memoryGrowth } from "./memory-growth.ts";

/** More than twice the largest default that a library has, 131,072. */
const FRAGMENTS = 300_000;
const BATCH = 10_000;
/** What a busy client needs to read them. */
const WORK_MS = 20_000;

/** A message may come in any number of pieces. */
export const clientNoFragmentLimit: ClientCheck = {
  id: "client-no-fragment-limit",
  group: "client",
  title: "The client has no limit for the fragments of a message",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H",
  about:
    "Each fragment that is kept costs many times its size: a message of one-byte fragments below any limit of bytes holds hundreds of megabytes of the client's memory.",
  decides:
    "By whether the client answers a ping behind 300,000 fragments of one byte of a message that does not end. A limit in bytes that ends it is a limit, too. For a browser, whose pages may fill memory anyway, it is info.",
  sends: "300,000 fragments of one byte, 900 KB in all, of one binary message that does not end",
  remedy: {
    ...clientRemedy("Count the fragments of a message, and end the connection above some thousand."),
    ws: "npm install ws@latest // maxFragments, since 8.21.0",
  },
  references: { cwe: [770], rfc: ["RFC 6455 10.4"], advisories: ["CVE-2026-12151"] },
  impact: "heavy",
  async run(context) {
    const visit = await context.accepted();
    const { probe } = visit;
    const growth = await memoryGrowth(context);
    probe.frame({ opcode: "binary", fin: false, payload: "x" });
    const one = frame({ opcode: "continuation", fin: false, payload: "x", mask: null });
    const batch = Buffer.concat(Array.from({ length: BATCH }, () => one));
    for (let sent = 0; sent < FRAGMENTS && !probe.isClosed; sent += BATCH)
      probe.send(batch, `${BATCH} continuations of one byte, without FIN`);
    const reaction = await context.reaction(visit, WORK_MS);
    if (reaction.kind !== "alive") return passed(endOf(reaction));
    return found({
      detail: `${FRAGMENTS} fragments of a message that does not end were taken, and a ping behind them was answered.${await growth()}`,
      evidence: [probe.exchange("fragments without an end")],
      ...browserSeverity(context.control),
    });
  },
};
