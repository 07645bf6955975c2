import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { serveControl } from "../../src/hosts/journal-control.ts";
import { type JournalWriter, openJournal } from "../../src/journal/journal-writer.ts";
import {
  messageFacts,
  NOON,
  sessionFacts,
  startWriter,
  TemporaryJournal,
  type TestWriter,
} from "../journal-fixture.ts";

/** What a command wrote, and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A journal that commands are called on. */
export interface CalledJournal {
  readonly journal: TemporaryJournal;
  /** Where relative paths of the commands are; goes with the test. */
  readonly directory: string;
  readonly keyFile: string;
  /** Starts a writer of it. */
  writer(): Promise<TestWriter>;
  /** Opens it as a gate does, and answers commands; until the test ends, or `stop`. */
  gate(): Promise<JournalWriter>;
  stop(): Promise<void>;
  /** Calls `sallyport journal ARGS… --dir … --key …`. */
  call(...argv: readonly string[]): Promise<Outcome>;
  /** The same, with a terminal of the test's. */
  callWith(terminal: Partial<Terminal>, ...argv: readonly string[]): Promise<Outcome>;
}

/** Calls a command line, in a directory. */
export async function callMain(
  argv: readonly string[],
  terminal: Partial<Terminal> & { readonly directory: string },
): Promise<Outcome> {
  let [out, err] = ["", ""];
  const code = await main(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    colour: false,
    ...terminal,
  });
  return { code, out, err };
}

async function nothingRuns(): Promise<void> {
  await Promise.resolve();
}

/** A journal that goes with the test, its key in a file. */
export function calledJournal(): CalledJournal {
  const journal = new TemporaryJournal();
  const directory = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
  let running: JournalWriter | null = null;
  let stop: () => Promise<void> = nothingRuns;
  onTestFinished(async () => {
    await stop();
    journal[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });
  const keyFile = join(directory, "journal.key");
  writeFileSync(keyFile, `${journal.masterBytes.toString("base64")}\n`);
  const callWith: CalledJournal["callWith"] = async (terminal, ...argv) =>
    await callMain(["journal", ...argv, "--dir", journal.directory, "--key", keyFile], {
      directory,
      ...terminal,
    });
  return {
    journal,
    directory,
    keyFile,
    writer: async () => await startWriter(journal),
    stop: async () => await stop(),
    gate: async () => {
      if (running !== null) return running;
      const opened = await openJournal({ directory: journal.directory, master: journal.master });
      if (!opened.ok) throw new Error(opened.problem);
      const control = await serveControl(opened.journal, { directory: journal.directory });
      running = opened.journal;
      stop = async () => {
        running = null;
        stop = nothingRuns;
        await control.close();
        await opened.journal.close();
      };
      return opened.journal;
    },
    call: async (...argv) => await callWith({}, ...argv),
    callWith,
  };
}

/** Records a session of ann's that a guard ends, and what ben says meanwhile. */
export async function recordAttack(called: CalledJournal): Promise<void> {
  const writer = await called.writer();
  const { intake } = writer;
  const ann = sessionFacts({ session: "sAnn", user: "ann" });
  const facts = { session: "sAnn", route: "/chat", address: "192.0.2.1", user: "ann" };
  const nothing = { messages: 0, bytes: 0 };
  intake.append(NOON - 1000, {
    type: "handshake",
    verdict: "refuse",
    incident: "iForeign",
    guard: "origin",
    code: "origin.foreign",
    status: 403,
    detail: "found https://evil.example",
    route: "/chat",
    address: "203.0.113.9",
    user: null,
    path: "/chat",
    origin: "https://evil.example",
  });
  intake.append(NOON, {
    type: "open",
    ...facts,
    path: "/chat",
    origin: "https://app.example.com",
    subprotocol: null,
  });
  const session = intake.session(ann);
  const other = intake.session(sessionFacts({ session: "sBen", user: "ben", address: "192.0.2.2" }));
  session.message(messageFacts({ time: NOON + 10, name: "join" }, '{"type":"join","room":"lobby"}'));
  session.message(messageFacts({ time: NOON + 20, direction: "outbound" }, "welcome"));
  other.message(messageFacts({ time: NOON + 25 }, "hello from ben"));
  writer.commit();
  const code = "leak.closed";
  session.message(
    messageFacts({ time: NOON + 30, verdict: "close", code, incident: "iLeak" }, "4111 1111 1111 1111"),
  );
  intake.append(NOON + 30, {
    type: "decision",
    verdict: "close",
    incident: "iLeak",
    ...facts,
    direction: "inbound",
    guard: "leak",
    code,
    detail: "a card number",
  });
  intake.append(NOON + 40, {
    type: "closed",
    ...facts,
    closedBy: "gate",
    closeCode: 4522,
    durationMs: 40,
    inbound: nothing,
    outbound: nothing,
  });
  writer.close();
  await called.gate();
}

/** The time of what `recordAttack` records, and of nothing that a command records. */
export const thatTime: readonly string[] = [
  "--since",
  "2026-11-30T11:59:58Z",
  "--until",
  "2026-11-30T12:00:02Z",
];
