import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { TemporaryJournal } from "../../test/journal-fixture.ts";
import { signEraseOrder } from "../journal/erase-order.ts";
import { createKeyring } from "../journal/keyring.ts";
import type { JournalEvent, JournalReading } from "../journal/journal-record.ts";
import { askWriter } from "./ask-writer.ts";
import {
  type ControlledJournal,
  type ControlOptions,
  type JournalControl,
  serveControl,
} from "./journal-control.ts";

const reading: JournalReading = {
  role: "viewer",
  reader: null,
  by: "ada",
  command: "search",
  reason: null,
  asked: { user: "alice" },
};
const line = `${JSON.stringify({ request: "reading", reading })}\n`;
const refusal = '{"ok":false,"problem":"that is no request of this version"}\n';

const place = new TemporaryJournal();
const keyring = await createKeyring(place.directory, place.master);
place[Symbol.dispose]();
const orderFor = (user: string, now = Date.now()): string => signEraseOrder(user, keyring, now);

/** A journal that takes everything, or does what a test says. */
class FakeJournal implements ControlledJournal {
  readonly recorded: JournalEvent[] = [];
  onRecord: () => Promise<boolean> = () => Promise.resolve(true);
  readonly verifier = keyring.verifier;
  erased: number | null = 3;

  record(_time: number, event: JournalEvent): Promise<boolean> {
    this.recorded.push(event);
    return this.onRecord();
  }

  erase(): Promise<number | null> {
    return Promise.resolve(this.erased);
  }

  takeKeys(): ReturnType<ControlledJournal["takeKeys"]> {
    return Promise.reject(new Error("no keys"));
  }
}

/** What is answered until the connection ends. */
async function answerTo(path: string, ...chunks: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = connect(path);
  for (const chunk of chunks) socket.write(chunk);
  let text = "";
  socket.on("data", (data) => (text += data.toString()));
  // It may be closed while it still sends.
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

describe("serveControl", () => {
  let directory: string;
  let journal: FakeJournal;
  let control: JournalControl;

  const serve = async (options: Partial<ControlOptions> = {}): Promise<void> => {
    control = await serveControl(journal, { directory, ...options });
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-control-"));
    journal = new FakeJournal();
    await serve();
    return async () => {
      await control.close();
      rmSync(directory, { recursive: true });
    };
  });

  it("answers when a reading is recorded, for the owner of the journal alone", async () => {
    expect(statSync(control.path).mode & 0o777).toBe(0o600);
    expect(await askWriter(directory, { request: "reading", reading })).toEqual({ ok: true });
    expect(journal.recorded).toEqual([{ type: "journal", what: "read", ...reading }]);
    expect(await askWriter(directory, { request: "erase", user: "alice", order: orderFor("alice") })).toEqual(
      { ok: true, keys: 3 },
    );
  });

  it("erases for nobody who has not the master key", async () => {
    const orders = ["", orderFor("bob"), orderFor("alice", Date.now() - 120_000)];
    for (const order of orders)
      expect(await askWriter(directory, { request: "erase", user: "alice", order })).toEqual({
        ok: false,
        problem: expect.stringContaining("the order is not signed with this journal's keys"),
      });
    expect(await answerTo(control.path, '{"request":"erase","user":"alice"}\n')).toBe(refusal);
  });

  it("says what the journal could not do", async () => {
    journal.onRecord = () => Promise.resolve(false);
    journal.erased = null;
    const change = { change: "rotated", reader: null, role: null, by: "ada" } as const;
    const answers = [
      await askWriter(directory, { request: "reading", reading }),
      await askWriter(directory, { request: "erase", user: "alice", order: orderFor("alice") }),
      await askWriter(directory, { request: "keys", handover: "", change }),
    ];
    expect(answers).toEqual([
      { ok: false, problem: "the journal could not record the reading" },
      { ok: false, problem: "the journal could not erase" },
      { ok: false, problem: "no keys" },
    ]);
  });

  it.for([
    ["text", "hello\n"],
    ["an empty line", "\n"],
    ["HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["no text at all", Uint8Array.of(0, 255, 10)],
    ["another request", '{"request":"stop"}\n'],
    ["a request with more in it", line.replace('"request"', '"more":1,"request"')],
    ["nesting without end", `${"[".repeat(60_000)}\n`],
    ["a line that is too long", "x".repeat(70_000)],
    ["a line of a megabyte", `${"x".repeat(1_000_000)}\n`],
  ] as const)("ends a connection that sends %s, and serves the next", async ([, bytes]) => {
    expect(await answerTo(control.path, bytes)).toMatch(/^$|^\{"ok":false,"problem":"that is no request/);
    expect(journal.recorded).toEqual([]);
    expect(await askWriter(directory, { request: "reading", reading })).toEqual({ ok: true });
  });

  it("answers requests in their order, however they are split, and what is no request last", async () => {
    const bytes = Buffer.from(`${line}${line}no request\n${line}`);
    const whole = await answerTo(control.path, bytes);
    expect(whole).toBe(`{"ok":true}\n{"ok":true}\n${refusal}`);
    expect(journal.recorded).toHaveLength(2);
    const single = Array.from(bytes.subarray(0, bytes.indexOf(10, line.length * 2) + 1), (byte) =>
      Uint8Array.of(byte),
    );
    expect(await answerTo(control.path, ...single)).toBe(whole);
    expect(journal.recorded).toHaveLength(4);
  });

  it("closes connections over their number; the others, and whoever asks again, are served", async () => {
    const idle = Array.from({ length: 16 }, () => connect(control.path));
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    // The last one has been counted when it has been answered.
    const [first] = idle;
    const answered = once(idle[15] ?? first ?? connect(control.path), "data");
    idle[15]?.write(line);
    await answered;
    expect(await answerTo(control.path, line)).toBe("");
    expect(await askWriter(directory, { request: "reading", reading }, 300)).toBeNull();
    first?.destroy();
    while ((await answerTo(control.path, `${line}no request\n`)) === "");
    for (const socket of idle) socket.destroy();
  });

  it("ends a connection that is silent, or stops in the middle of a request", async () => {
    await control.close();
    // So long that nobody is silent by being slow.
    await serve({ idleMs: 300 });
    expect(await answerTo(control.path)).toBe("");
    expect(await answerTo(control.path, line.slice(0, 20))).toBe("");
    // A disk that takes longer than silence may last.
    journal.onRecord = async () => {
      await answerTo(control.path);
      await answerTo(control.path);
      return true;
    };
    expect(await answerTo(control.path, line)).toBe('{"ok":true}\n');
  });

  it("outlives a client that goes before its answer", async () => {
    const recorded = Promise.withResolvers<boolean>();
    const asked = Promise.withResolvers<void>();
    journal.onRecord = () => {
      asked.resolve();
      return recorded.promise;
    };
    const socket = connect(control.path, () => socket.write(line));
    await asked.promise;
    socket.destroy();
    await once(socket, "close");
    recorded.resolve(true);
    journal.onRecord = () => Promise.resolve(true);
    expect(await askWriter(directory, { request: "reading", reading })).toEqual({ ok: true });
  });

  it("takes its socket away at its end, and whoever waits is told that nobody writes", async () => {
    const asked = Promise.withResolvers<void>();
    journal.onRecord = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const answer = askWriter(directory, { request: "reading", reading });
    await asked.promise;
    await control.close();
    expect(await answer).toBeNull();
    expect(existsSync(control.path)).toBe(false);
  });

  it("takes the place of a socket that a killed writer left, and of nothing else", async () => {
    await control.close();
    const left = createServer().listen(join(directory, "left"));
    await once(left, "listening");
    // Its name stays when it is moved: so it does when a process is killed.
    renameSync(join(directory, "left"), control.path);
    left.close();
    expect(existsSync(control.path)).toBe(true);
    await serve();
    expect(await askWriter(directory, { request: "reading", reading })).toEqual({ ok: true });
    await control.close();
    writeFileSync(control.path, "");
    await expect(serveControl(journal, { directory })).rejects.toThrow("it is no socket");
  });

  it("listens apart where the name of the directory is too long for a socket", async () => {
    const long = join(directory, "x".repeat(100));
    mkdirSync(long);
    const apart = await serveControl(journal, { directory: long });
    expect(readdirSync(long)).toEqual([]);
    expect(await askWriter(long, { request: "reading", reading })).toEqual({ ok: true });
    await apart.close();
    expect(await askWriter(long, { request: "reading", reading })).toBeNull();
    rmSync(join(apart.path, ".."), { recursive: true });
  });

  it("rejects where it cannot listen", async () => {
    await expect(serveControl(journal, { directory: join(directory, "nowhere") })).rejects.toThrow("ENOENT");
  });
});

/** Somebody else at the place of a writer. */
async function listenAs(path: string, on: (socket: Socket) => void): Promise<() => void> {
  const server = createServer(on).listen(path);
  await once(server, "listening");
  return () => server.close();
}

describe("askWriter", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-ask-"));
    return () => rmSync(directory, { recursive: true });
  });

  it("knows where nobody writes, and where there is no journal", async () => {
    expect(await askWriter(directory, { request: "reading", reading })).toBeNull();
    expect(await askWriter(join(directory, "nowhere"), { request: "reading", reading })).toMatchObject({
      ok: false,
    });
  });

  it("says who writes and does not answer", async () => {
    // A parent of this process: it lives, and has no lock of its own here.
    writeFileSync(join(directory, "writer.lock"), `${process.ppid} \n`);
    const problem = `process ${process.ppid} writes this journal, and does not answer`;
    expect(await askWriter(directory, { request: "reading", reading }, 120)).toMatchObject({
      problem: expect.stringContaining(problem),
    });
    const close = await listenAs(join(directory, "control.sock"), (socket) => socket.resume());
    expect(await askWriter(directory, { request: "reading", reading }, 50)).toMatchObject({
      problem: expect.stringContaining(problem),
    });
    close();
  });

  it.for(["HTTP/1.1 400 Bad Request\r\n", "{}\n", `${"x".repeat(70_000)}\n`])(
    "does not believe what answers %j",
    async (answer) => {
      const close = await listenAs(join(directory, "control.sock"), (socket) => socket.write(answer));
      expect(await askWriter(directory, { request: "reading", reading })).toMatchObject({
        ok: false,
        problem: expect.stringContaining("is no writer of a journal"),
      });
      close();
    },
  );
});
