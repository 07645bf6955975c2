import type { Emit } from "../events.ts";
import { RelaySender, type RelaySenderOptions } from "../journal/relay-sender.ts";
import type { JournalConfig } from "../policy/effective-config.ts";
import { alarmEvent, GateJournal } from "./gate-journal.ts";

/** So long records gather before they are sent, milliseconds: what a process that dies may take with it. */
const GATHER_MS = 20;

/**
 * The journal of a process whose gate has several: another one writes it, and gets what this one gathers.
 *
 * @param send takes entries there; resolves when the journal has them
 */
export function relayedJournal(
  { whenFull }: JournalConfig,
  emit: Emit,
  send: RelaySenderOptions["send"],
): GateJournal {
  const alarms = { info: 0, warn: 0, error: 0 };
  const sender = new RelaySender({
    whenFull,
    send,
    onShed: () => {
      alarms.error += 1;
      const detail = "they come faster than the process takes them that writes it";
      emit(alarmEvent({ level: "error", message: "the journal sheds records", detail }));
    },
  });
  const timer = setInterval(() => void sender.pump(), GATHER_MS);
  timer.unref();
  return new GateJournal(
    {
      append: (time, event) => sender.append(time, event),
      session: (facts) => sender.session(facts),
      room: () => sender.room(),
      close() {
        clearInterval(timer);
        return sender.close();
      },
    },
    alarms,
  );
}
