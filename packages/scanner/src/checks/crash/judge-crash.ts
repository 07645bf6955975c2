import { setTimeout as sleep } from "node:timers/promises";
import { found, notTested, type Outcome, passed, type Remedy } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { NotTestedError } from "../../not-tested.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** What a crash is worth in CVSS 3.1: everybody is shut out. */
export const CRASH_CVSS = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";
/** How all checks of crashes decide. */
export const CRASH_DECIDES =
  "By witnesses: two connections that are open before and answer a ping. Where both are ended by what was sent on another, the process is gone; it is certain where no connection can be made for a second, and firm where one can, since whatever supervises a process is quick to start it again.";

/** The remedy where what a peer sends is thrown: in one sentence what the application is missing. */
export function crashRemedy(summary: string): Remedy {
  return {
    summary,
    ws: 'server.on("upgrade", (request, socket) => { socket.on("error", () => socket.destroy()); … }); wss.on("connection", (ws) => ws.on("error", () => ws.terminate()))',
    socketIo: "npm install socket.io@latest",
    sallyport: "path: /chat # what is malformed is refused at the gate, and never reaches the application",
  };
}

/** How long a process may take to answer, or to be gone. */
const LONGEST_MS = 10_000;
const TRIES = 4;
const TRY_PAUSE_MS = 250;

/** Sends something on connections of its own, and says whether the process survived it. */
export async function judgeCrash(
  context: CheckContext,
  attack: () => Promise<readonly Exchange[]>,
): Promise<Outcome> {
  const witnesses = [await context.accepted(), await context.accepted()];
  if (context.control.answersPings)
    for (const witness of witnesses)
      if (!(await witness.ping(LONGEST_MS))) return notTested("a witness answered no ping before");
  const evidence = await attackUntilGone(attack);
  const areEnded = (): boolean => witnesses.every(({ ended }) => ended !== null);
  await Promise.all(witnesses.map((witness) => witness.waitFor(areEnded)));
  // A process that ends takes its time to, and one that lives answers.
  if (!areEnded() && context.control.answersPings)
    await Promise.all(witnesses.map((witness) => witness.ping(LONGEST_MS)));
  if (!areEnded()) return passed("connections that were open before are still open");
  if (!(await isBack(context)))
    return found({
      detail: "All connections were ended, and for a second none could be made: the process is gone.",
      evidence,
    });
  return found({
    detail: "All connections were ended at once, and new ones could be made: the process was started again.",
    evidence,
    confidence: "firm",
  });
}

/** What was said in the parts of an attack, of which some may find nobody any more. */
export async function eachOf(parts: readonly Promise<Exchange>[]): Promise<readonly Exchange[]> {
  const settled = await Promise.allSettled(parts);
  const said = settled.flatMap((part) => (part.status === "fulfilled" ? [part.value] : []));
  const failed = settled.flatMap((part) => (part.status === "rejected" ? [part.reason as unknown] : []));
  if (said.length === 0 && failed.length > 0) throw failed[0];
  return said;
}

/** An attack in several parts finds nobody to talk to after the one that worked. */
async function attackUntilGone(attack: () => Promise<readonly Exchange[]>): Promise<readonly Exchange[]> {
  try {
    return await attack();
  } catch (error) {
    if (!(error instanceof NotTestedError)) throw error;
    return [{ about: "what was sent", lines: [`- then it could not go on: ${error.message}`] }];
  }
}

async function isBack(context: CheckContext): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    await sleep(TRY_PAUSE_MS);
    if (await canConnect(context)) return true;
  }
  return false;
}

async function canConnect(context: CheckContext): Promise<boolean> {
  try {
    return (await context.open()).kind !== "dropped";
  } catch (error) {
    if (error instanceof NotTestedError) return false;
    throw error;
  }
}
