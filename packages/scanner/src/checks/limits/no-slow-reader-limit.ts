import { setTimeout as sleep } from "node:timers/promises";
import { type Check, found, notTested, type Outcome, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { frame } from "../../probe/frame.ts";
import type { Probe } from "../../probe/probe.ts";
import { reactionOn } from "../frames/breach.ts";
import { fillMessage } from "../messages/fill-message.ts";

/** One mebibyte. */
const MIB = 1024 * 1024;
/** More than what the buffers of both systems take on the way there and back: some 14 MiB at their usual largest. */
const BYTES = 20 * MIB;
/** Text of a message that is sent back; and pings of the largest size, in one go, where none is. */
const TEXT_BYTES = 4096;
const PINGS_AT_ONCE = 40;
const LONGEST_MS = 8000;
/** With less than this part of the answers, some were dropped. */
const KEPT = 0.8;
const LOOK_MS = 20;
/** Bytes that wait on this side at most. */
const AHEAD_BYTES = 65_536;

/** What nobody reads is kept for ever. */
export const noSlowReaderLimit: Check = {
  id: "no-slow-reader-limit",
  group: "limits",
  title: "Answers that the client does not read are kept without bound",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "A client that asks and does not read makes the server keep every answer. Unless the server stops reading, drops, or ends the connection, one such client costs as much memory as it cares to ask for.",
  decides:
    "By how much the server takes in from a client that reads nothing, when each byte it takes is answered: a server that minds stops reading or ends the connection before 20 MiB, which is more than the buffers of the network hold. Then all of it is read: what was dropped, or is ended by a close frame, was not kept. Never by the time it takes.",
  sends:
    "20 MiB on one connection from which nothing is read: messages of 4 KiB where the application answers them at length, else pings of 125 bytes",
  remedy: {
    summary:
      "Look at what waits to be sent: above a few megabytes stop reading from the client, and end the connection where it stays so.",
    ws: 'socket.on("ping", () => { if (socket.bufferedAmount > 1_000_000) socket.terminate(); }) // and before every send',
    sallyport: "slowConsumer: { bytes: 4MiB, after: 30s, policy: close }",
  },
  references: { cwe: [770, 400], cheatSheet: true },
  impact: "heavy",
  isAlone: true,
  async run(context) {
    if (!context.control.answersPings) return notTested("the target answers no pings");
    const batch = await answeredBatch(context);
    const probe = await context.ready();
    probe.note("nothing is read from here on");
    probe.socket.pause();
    const taken = await pour(context, probe, batch);
    return judge(context, probe, taken);
  },
};

/** What is answered by about as many bytes as it has: a message, where the application sends it back, else some pings. */
async function answeredBatch(context: CheckContext): Promise<Buffer> {
  const probe = await context.ready();
  const payload = fillMessage(context, "x".repeat(TEXT_BYTES));
  const before = probe.received;
  probe.frame({ opcode: "text", payload });
  const { kind } = await reactionOn(context, probe);
  if (kind === "alive" && probe.received - before > TEXT_BYTES) return frame({ opcode: "text", payload });
  const one = frame({ opcode: "ping", payload: Buffer.alloc(125) });
  return Buffer.concat(Array.from({ length: PINGS_AT_ONCE }, () => one));
}

/** Sends for as long as it is taken; answers the bytes that were, or null where the time was over first. */
async function pour(context: CheckContext, probe: Probe, batch: Buffer): Promise<number | null> {
  const { socket } = probe;
  const begun = performance.now();
  let written = 0;
  let taken = 0;
  let movedAt = begun;
  while (taken < BYTES && probe.ended === null && socket.writable) {
    while (socket.writableLength < AHEAD_BYTES && written < BYTES) {
      socket.write(batch);
      written += batch.length;
    }
    await sleep(socket.writableLength === 0 ? 0 : LOOK_MS);
    const now = performance.now();
    if (written - socket.writableLength > taken) movedAt = now;
    taken = written - socket.writableLength;
    if (now - movedAt > context.patienceMs) return taken;
    if (now - begun > LONGEST_MS) return null;
  }
  return taken;
}

async function judge(context: CheckContext, probe: Probe, taken: number | null): Promise<Outcome> {
  if (taken === null) return notTested(`the network is too slow to send ${BYTES / MIB} MiB`);
  const amount = `${(taken / MIB).toFixed(1)} MiB`;
  probe.note(`${amount} were sent`);
  await context.hadItsTurn();
  // Where it was ended, the next bytes are what tells: nothing is read.
  probe.frame({ opcode: "ping", payload: "scan" });
  await probe.waitFor(() => probe.isClosed);
  if (probe.isClosed || !probe.socket.writable) return passed(`ended after at most ${amount}`);
  if (taken < BYTES) return passed(`it stopped reading after at most ${amount}`);
  // A server that ends the connection cannot say so while nothing is read: it takes what comes, and keeps none of it.
  probe.note("what waits is read from here on");
  probe.maxBytes = 2 * BYTES;
  probe.socket.resume();
  const isAnswered = await probe.ping(LONGEST_MS);
  if (probe.isClosed)
    return passed(`it was being ended: ${(probe.received / MIB).toFixed(1)} MiB had been kept`);
  if (!isAnswered) return notTested("what was kept did not come in time");
  if (probe.received < taken * KEPT)
    return passed(`of the answers to ${amount} it had kept ${(probe.received / MIB).toFixed(1)} MiB`);
  return found({
    detail: `${amount} were taken from a client that read none of the answers; the connection stayed open.`,
    evidence: [probe.exchange("a client that does not read")],
  });
}
