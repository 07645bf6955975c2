import { found, notTested, type Outcome, passed } from "../../check.ts";
import type { Exchange } from "../../probe/transcript.ts";
import type { ClientContext } from "../../reverse/client-context.ts";
import { type ClientEnd, describeEnd, isCrash } from "../../reverse/client-process.ts";
import type { Visit } from "../../reverse/visit.ts";

/** What a crash of the client is worth in CVSS 3.1, where the server has to be one that it connects to. */
export const CLIENT_CRASH_CVSS = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H";
/** How all checks of crashes of clients decide. */
export const CLIENT_CRASH_DECIDES =
  "By the process of the client, which --client-command starts: the fault is there where it ends by a signal or with an exit code other than 0, unless it ends in the same way whenever its connection is lost. Without --client-command it is not tested.";

/** One thing that a client should survive. */
export interface Assault {
  /** In words that stand behind "after". */
  readonly name: string;
  /** Answers the handshake, and does whatever it does then. It may answer a name that is more exact. */
  readonly run: (visit: Visit) => void | Promise<void> | Promise<string>;
}

interface Victim {
  readonly name: string;
  readonly end: ClientEnd;
  readonly exchange: Exchange;
}

/** Tries each assault on a client of its own; the fault is there where its process is gone after one. */
export async function judgeClientCrash(
  context: ClientContext,
  assaults: readonly Assault[],
): Promise<Outcome> {
  const victims: Victim[] = [];
  const usual = context.control.endOnLoss;
  for (const { name, run } of assaults) {
    const visit = await context.visit();
    if (context.child === null)
      return notTested("whether the client's process lives is seen with --client-command alone");
    const exactly = (await run(visit)) ?? name;
    const end = await context.fate(visit);
    if (end === null || !isCrash(end, usual)) continue;
    visit.probe.note(`the client's process ended ${describeEnd(end)}`);
    for (const line of errorOf(context)) visit.probe.note(line);
    victims.push({ name: exactly, end, exchange: visit.probe.exchange(exactly) });
  }
  if (victims.length === 0)
    return passed(
      usual === null
        ? `its process went on after ${assaults.map(({ name }) => name).join(", ")}`
        : `its process ended as it does whenever its connection is lost: ${describeEnd(usual)}`,
    );
  return found({
    detail: `The client's process ended ${victims.map(({ name, end }) => `${describeEnd(end)} after ${name}`).join("; ")}.`,
    evidence: victims.slice(0, 3).map(({ exchange }) => exchange),
  });
}

/** The lines of what the client wrote that name the error. */
function errorOf({ child }: ClientContext): readonly string[] {
  const lines = (child?.written ?? "").split("\n").filter((line) => /error|panic|exception/i.test(line));
  return lines.slice(0, 3).map((line) => `it wrote: ${line.trim()}`);
}
