import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RelayReceiver } from "../journal/relay-receiver.ts";
import { connectCalls, type Calls } from "../state/calls.ts";
import type { WorkerDesk } from "../state/worker-desk.ts";
import type { SessionsElsewhere } from "../hosts/gate.ts";
import type { SignalBatch } from "../hosts/watch-relay.ts";
import type { PrimaryAnswers, WorkerAnswers } from "./worker-order.ts";

/** How a worker ended. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker, as the primary process sees it. */
export interface WorkerProcess extends Calls<WorkerAnswers> {
  readonly pid: number | undefined;
  /** Resolves when it has ended, whatever the reason. */
  readonly ended: Promise<WorkerEnd>;
  /** Lets it end by itself, once it has nothing more to do. */
  release(): void;
  kill(): void;
}

// As deep below `dist` as below `src`.
const LAUNCHER = fileURLToPath(new URL("../../bin/sallyport.js", import.meta.url));

/** Who answers a worker. */
export interface WorkerAnswerers {
  readonly desk: WorkerDesk;
  readonly elsewhere: SessionsElsewhere;
  /** Takes what it records; `null`: there is no journal. */
  readonly relay: RelayReceiver | null;
  /** Takes what it has for the watch. */
  readonly signals: (batch: SignalBatch) => void;
  /** Takes its events for the outputs. */
  readonly events: PrimaryAnswers["events"];
  /** Takes its events for who looks at them. */
  readonly seen: PrimaryAnswers["seen"];
}

/** Starts a worker. Its log lines go where this process's go. */
export function startWorker({
  desk,
  elsewhere,
  relay,
  signals,
  events,
  seen,
}: WorkerAnswerers): WorkerProcess {
  const child = fork(LAUNCHER, ["worker"], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const calls = connectCalls<WorkerAnswers>(
    {
      // A worker that cannot be told any more has ended, which `ended` says.
      send: (message) => void child.send(message as object, () => {}),
      receive: (listener) => void child.on("message", listener),
    },
    {
      ...desk.answers,
      findElsewhere: (key) => elsewhere.find(key),
      refreshElsewhere: (key, identity) => elsewhere.refresh(key, identity),
      record: async (entries) => await relay?.take(entries),
      signals,
      events,
      seen,
    } satisfies PrimaryAnswers,
  );
  const ended = untilEnded(child).finally(() => {
    calls.end();
    desk.close();
    relay?.end();
  });
  return {
    ...calls,
    pid: child.pid,
    ended,
    release: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

function untilEnded(child: ChildProcess): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    // It could not be started at all.
    child.on("error", () => child.pid === undefined && resolve({ code: null, signal: null }));
  });
}
