import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClosedEvent, HandshakeEvent, OpenEvent, ToldArrival, ToldCaller } from "../src/events.ts";
import { serveControl } from "../src/hosts/journal-control.ts";
import type { JournalEvent, MessageFacts } from "../src/journal/journal-record.ts";
import type { JournalSession } from "../src/journal/journal-session.ts";
import { type JournalWriter, openJournal } from "../src/journal/journal-writer.ts";
import { localMasterKey } from "../src/journal/master-key.ts";
import { messageFacts, sessionFacts } from "./journal-fixture.ts";

/** A caller who proved who they are with a token. */
export const byToken: ToldCaller = {
  provider: "jwt",
  issuer: "https://id.example.com",
  tenant: null,
  credential: "authorization",
  until: null,
};
/** A caller whom nobody asked. */
export const byNobody: ToldCaller = { ...byToken, provider: "anonymous", issuer: null, credential: null };

/** A handshake of that caller. */
export function arrivalOf(caller: ToldCaller): ToldArrival {
  return { kind: "websocket", host: "app.example.com", secure: false, cookie: false, caller };
}

/** When the traffic begins: noon of a day that has passed, since readings stand in the journal too, at their own time. */
export const THEN: number = Date.UTC(2025, 10, 30, 12);

/** A journal with traffic that a test makes up, written by a gate that runs still, and its configuration. */
export class RecordedJournal implements AsyncDisposable {
  readonly directory: string = mkdtempSync(join(tmpdir(), "sallyport-recorded-"));
  readonly #sessions = new Map<string, JournalSession>();
  #writer: JournalWriter | null = null;
  #control: { close(): Promise<void> } | null = null;

  /** @param routes those of the gate that wrote it */
  static async create(...routes: readonly object[]): Promise<RecordedJournal> {
    const made = new RecordedJournal();
    const key = randomBytes(32);
    const directory = join(made.directory, "journal");
    writeFileSync(join(made.directory, "journal.key"), key.toString("base64"), { mode: 0o600 });
    const opened = await openJournal({ directory, master: localMasterKey(key) });
    if (!opened.ok) throw new Error(opened.problem);
    made.#writer = opened.journal;
    made.#control = await serveControl(opened.journal, { directory });
    made.config("sallyport.yaml", ...routes);
    return made;
  }

  /** Writes a configuration beside it; answers its name. */
  config(name: string, ...routes: readonly object[]): string {
    const value = {
      version: 1,
      listen: [{ address: "127.0.0.1:8443", tls: "off" }],
      journal: { directory: "./journal", keyFile: "journal.key", payloads: "full" },
      routes,
    };
    writeFileSync(join(this.directory, name), JSON.stringify(value));
    return name;
  }

  /** Anything that is no message. @param seconds after the beginning */
  event(seconds: number, event: JournalEvent): void {
    this.#writer?.append(THEN + seconds * 1000, event);
  }

  /** A connection that was admitted. */
  open(session: string, seconds = 0, event: Partial<OpenEvent> = {}): void {
    const { route, address, user } = sessionFacts();
    const arrival = arrivalOf(byToken);
    const from = { path: "/chat", origin: "https://app.example.com", subprotocol: null };
    this.event(seconds, { type: "open", session, route, address, user, arrival, ...from, ...event });
  }

  /** A handshake that was refused. */
  refused(seconds: number, event: Partial<HandshakeEvent> = {}): void {
    const { route, address, user } = sessionFacts();
    const arrival = arrivalOf(byToken);
    const why = {
      verdict: "refuse",
      incident: "i1",
      guard: "origin",
      code: "origin.foreign",
      status: 403,
      detail: "",
    } as const;
    const from = { path: "/chat", origin: "https://evil.example" };
    this.event(seconds, { type: "handshake", route, address, user, arrival, ...why, ...from, ...event });
  }

  /** A message. @param text kept whole; absent: only how long it was */
  message(session: string, seconds: number, text?: string, facts: Partial<MessageFacts> = {}): void {
    const known = this.#sessions.get(session) ?? this.#writer?.session(sessionFacts({ session }));
    if (known === undefined) throw new Error("the journal is closed");
    this.#sessions.set(session, known);
    known.message(messageFacts({ time: THEN + seconds * 1000, ...facts }, text));
  }

  /** A connection's end. */
  closed(session: string, seconds: number, event: Partial<ClosedEvent> = {}): void {
    const { route, address, user } = sessionFacts();
    const nothing = { messages: 0, bytes: 0 };
    const end = {
      closedBy: "client",
      closeCode: 1000,
      durationMs: 0,
      inbound: nothing,
      outbound: nothing,
    } as const;
    this.event(seconds, { type: "closed", session, route, address, user, ...end, ...event });
  }

  /** Waits until everything is on the disk. */
  async flush(): Promise<void> {
    await this.#writer?.flush();
  }

  /** The gate ends: whoever reads opens the journal themselves. */
  async stop(): Promise<void> {
    await this.#control?.close();
    await this.#writer?.close();
    this.#writer = null;
    this.#control = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
