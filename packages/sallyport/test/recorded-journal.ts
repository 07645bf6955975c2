import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClosedEvent, HandshakeEvent, OpenEvent, ToldCaller } from "../src/events.ts";
import type { JournalEvent, MessageFacts } from "../src/journal/journal-record.ts";
import type { JournalSession } from "../src/journal/journal-session.ts";
import { readMasterKey } from "../src/journal/master-key.ts";
import {
  messageFacts,
  NOON,
  sessionFacts,
  startWriter,
  TemporaryJournal,
  type TestWriter,
} from "./journal-fixture.ts";

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

/** A journal with traffic that a test makes up, and the configuration of the gate that wrote it. */
export class RecordedJournal implements Disposable {
  readonly directory: string;
  readonly #temporary: TemporaryJournal;
  readonly #writer: TestWriter;
  readonly #sessions = new Map<string, JournalSession>();

  private constructor(temporary: TemporaryJournal, writer: TestWriter) {
    this.#temporary = temporary;
    this.#writer = writer;
    this.directory = temporary.directory;
  }

  /** @param policy the routes of the gate that wrote it */
  static async create(...routes: readonly object[]): Promise<RecordedJournal> {
    const temporary = new TemporaryJournal();
    const text = randomBytes(32).toString("base64");
    const read = readMasterKey(text);
    if (!read.ok) throw new Error(read.problem);
    const { directory } = temporary;
    const journal = join(directory, "journal");
    const place = { directory: journal, master: read.key, keyring: null };
    mkdirSync(journal);
    writeFileSync(join(directory, "journal.key"), text, { mode: 0o600 });
    const made = new RecordedJournal(temporary, await startWriter(place));
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

  /** Anything that is no message. @param seconds after noon */
  event(seconds: number, event: JournalEvent): void {
    this.#writer.intake.append(NOON + seconds * 1000, event);
  }

  /** A connection that was admitted. */
  open(session: string, seconds = 0, event: Partial<OpenEvent> = {}): void {
    const { route, address, user } = sessionFacts();
    const arrival = {
      kind: "websocket",
      host: "app.example.com",
      secure: false,
      cookie: false,
      caller: byToken,
    } as const;
    const from = { path: "/chat", origin: "https://app.example.com", subprotocol: null };
    this.event(seconds, { type: "open", session, route, address, user, arrival, ...from, ...event });
  }

  /** A handshake that was refused. */
  refused(seconds: number, event: Partial<HandshakeEvent> = {}): void {
    const { route, address, user } = sessionFacts();
    const arrival = {
      kind: "websocket",
      host: "app.example.com",
      secure: false,
      cookie: false,
      caller: byToken,
    } as const;
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
    const known = this.#sessions.get(session) ?? this.#writer.intake.session(sessionFacts({ session }));
    this.#sessions.set(session, known);
    known.message(messageFacts({ time: NOON + seconds * 1000, ...facts }, text));
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

  /** Puts everything on the disk. */
  commit(): void {
    this.#writer.commit();
  }

  [Symbol.dispose](): void {
    this.#temporary[Symbol.dispose]();
  }
}
