import { Buffer } from "node:buffer";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { byToken, RecordedJournal } from "../recorded-journal.ts";
import { callMain, type Outcome } from "./journal-call.ts";

const chat = { path: "/chat", upstream: "ws://127.0.0.1:3000", identity: "anonymous" };

/** What a test server saw. */
interface Seen {
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly messages: [text: string, binary: boolean, at: number][];
}

/** A test server that goes with the test. @param answer what it says to each message */
async function serve(answer: (text: string, socket: WebSocket) => void): Promise<Seen> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const seen: Seen = { url: `ws://127.0.0.1:${port}`, requests: [], messages: [] };
  server.on("connection", (socket, request) => {
    seen.requests.push(request);
    socket.on("message", (data: Buffer, binary) => {
      seen.messages.push([data.toString("latin1"), binary, performance.now()]);
      answer(data.toString(), socket);
    });
  });
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return seen;
}

async function replay(journal: RecordedJournal, ...argv: readonly string[]): Promise<Outcome> {
  await journal.flush();
  const given = ["--reason", "a test", "--speed", "max"];
  return await callMain(["journal", "replay", "s1", ...given, ...argv], { directory: journal.directory });
}

/** A session that asks twice, in text and in bytes. */
async function recorded(): Promise<RecordedJournal> {
  const journal = await RecordedJournal.create(chat);
  journal.open("s1");
  journal.message("s1", 1, '{"say":"hello"}');
  journal.message("s1", 2, '{"echo":"hello","id":1}', { direction: "outbound" });
  journal.message("s1", 3, "\u0001\u0002", { opcode: "binary" });
  journal.message("s1", 4, "\u0001\u0002", { opcode: "binary", direction: "outbound" });
  journal.closed("s1", 5, { closeCode: 1001 });
  return journal;
}

/** Answers as the application did when it was recorded; `id` may be another. */
function asThen(id: number): (text: string, socket: WebSocket) => void {
  return (text, socket) =>
    text.startsWith("{") ? socket.send(`{"echo":"hello","id":${id}}`) : socket.send(Buffer.from(text));
}

describe("sallyport journal replay", () => {
  it("sends what the client sent, as it was, and finds the same replies", async () => {
    await using journal = await recorded();
    const server = await serve(asThen(1));
    const { code, out, err } = await replay(journal, "--to", server.url);
    expect([code, out]).toEqual([
      0,
      [
        "#1 same  text, 23 bytes",
        "#2 same  binary, 2 bytes",
        "2 of 2 messages sent; of the replies 2 the same",
        "closed with 1000, then with 1001 by the client",
        "",
      ].join("\n"),
    ]);
    expect(server.messages.map(([text, binary]) => [text, binary])).toEqual([
      ['{"say":"hello"}', false],
      ["\u0001\u0002", true],
    ]);
    const [request] = server.requests;
    expect(request?.url).toBe("/chat");
    expect(request?.headers.origin).toBe("https://app.example.com");
    expect(err).toContain(
      "credentials: the client proved who it was with a token in Authorization: --token TOKEN",
    );
  });

  it("shows what comes back otherwise beside what came then, and where they differ", async () => {
    await using journal = await recorded();
    const server = await serve((text, socket) => {
      asThen(2)(text, socket);
      if (!text.startsWith("{")) socket.send("more\u001b[31m");
    });
    const { code, out } = await replay(journal, "--to", `${server.url}/elsewhere`);
    expect(code).toBe(1);
    expect(out).toContain(
      '#1 differs  text, 23 bytes  at /id\n    then  {"echo":"hello","id":1}\n    now   {"echo":"hello","id":2}\n',
    );
    expect(out).toContain("#3 more  text, 9 bytes\n    now   more\\u001b[31m\n");
    expect(out).toContain("of the replies 1 the same, 1 otherwise, 1 more than then\n");
    expect(server.requests[0]?.url).toBe("/elsewhere");
  });

  it("does not wait for ever for what came then", async () => {
    await using journal = await recorded();
    const server = await serve(() => {});
    const { code, out } = await replay(journal, "--to", server.url, "--json", "--patience", "200ms");
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      type: "summary",
      sent: 2,
      hurried: true,
      replies: { same: 0, missing: 2 },
    });
    expect(lines[0]).toMatchObject({
      result: "missing",
      recorded: { text: '{"echo":"hello","id":1}' },
      received: null,
    });
  });

  it("sends at the recorded pace, or so many times as fast", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    for (const at of [10, 10.5, 11]) journal.message("s1", at, "x");
    const server = await serve(() => {});
    expect(await replay(journal, "--to", server.url, "--speed", "5")).toMatchObject({ code: 0 });
    const [first, , last] = server.messages.map(([, , at]) => at);
    // Timers may be early by a millisecond.
    expect((last ?? 0) - (first ?? 0)).toBeGreaterThan(195);
  });

  it("waits with a message until the server has said what it had said by then", async () => {
    await using journal = await RecordedJournal.create(chat);
    const order: string[] = [];
    journal.open("s1");
    journal.message("s1", 1, "login");
    journal.message("s1", 2, "welcome", { direction: "outbound" });
    journal.message("s1", 3, "work");
    const server = await serve((text, socket) => {
      order.push(text);
      if (text !== "login") return;
      // The answer takes until the next turn of the loop.
      setImmediate(() => {
        order.push("welcome");
        socket.send("welcome");
      });
    });
    expect(await replay(journal, "--to", server.url)).toMatchObject({ code: 0 });
    expect(order).toEqual(["login", "welcome", "work"]);
  });

  it("takes the handshake that is given: header fields, a token, an origin, subprotocols", async () => {
    await using journal = await recorded();
    const server = await serve(asThen(1));
    const given = ["--header", "Cookie: a=b", "--header", "X-Test:  yes", "--token", "t0ken"];
    const shake = ["--origin", "none", "--subprotocol", "v1", "--subprotocol", "v2"];
    const { err } = await replay(journal, "--to", server.url, ...given, ...shake);
    const headers = server.requests[0]?.headers;
    expect(headers).toMatchObject({ cookie: "a=b", "x-test": "yes", authorization: "Bearer t0ken" });
    expect(headers?.origin).toBeUndefined();
    expect(headers?.["sec-websocket-protocol"]).toBe("v1, v2");
    expect(err).toBe("");
  });

  it("brings one Origin, the one that is given", async () => {
    await using journal = await recorded();
    const server = await serve(asThen(1));
    await replay(journal, "--to", server.url, "--header", "origin: https://other.example");
    const given = server.requests[0]?.rawHeaders.filter(
      (_, at, all) => all[at - 1]?.toLowerCase() === "origin",
    );
    expect(given).toEqual(["https://other.example"]);
  });

  it("refuses what makes no handshake and no pace, before anything is read", async () => {
    await using journal = await recorded();
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [["--header", "nothing"], "--header: expected a field"],
      [["--header", "Upgrade: h2c"], "the handshake itself writes Upgrade"],
      [["--header", "X: a\r\nY: b"], "--header: expected a field"],
      [["--origin", "a\nb"], "--origin: expected an origin"],
      [["--subprotocol", "a b"], "--subprotocol: expected a token"],
      [["--token", "a\nb"], "--token: expected a token"],
      [["--speed", "0"], "--speed: expected a factor"],
      [["--speed", "fast"], "--speed: expected a factor"],
      [["--patience", "long"], "--patience: expected a duration"],
      [["--to", "http://127.0.0.1:1"], "--to: expected a URL"],
      [["--to", "ws://a:b@127.0.0.1:1"], "--to: expected a URL"],
      [["--reason", " "], "--reason: expected a reason"],
    ];
    for (const [argv, problem] of wrong) {
      const { code, out, err } = await replay(journal, "--to", "ws://127.0.0.1:1", ...argv);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(problem);
    }
    const { out } = await callMain(["journal", "search", "--text", "replay to", "--json"], {
      directory: journal.directory,
    });
    expect(out).toBe("");
  });

  it("sends nothing to the upstream that the configuration names, by whatever name", async () => {
    await using journal = await recorded();
    for (const to of ["ws://127.0.0.1:3000", "ws://localhost:3000/other", "ws://[::1]:3000"]) {
      const { code, err } = await replay(journal, "--to", to);
      expect(code).toBe(2);
      expect(err).toMatch(/is an upstream of the gate: .* --yes-original /);
    }
    const { err } = await replay(journal, "--to", "ws://127.0.0.1:8443");
    expect(err).toContain("is the gate itself");
  });

  it("sends it there where the host is typed", async () => {
    await using journal = await recorded();
    const server = await serve(asThen(1));
    journal.config("sallyport.yaml", { ...chat, upstream: server.url });
    expect(await replay(journal, "--to", server.url)).toMatchObject({ code: 2, out: "" });
    const wrong = await replay(journal, "--to", server.url, "--yes-original", "localhost");
    expect([wrong.code, wrong.err]).toEqual([
      2,
      "--yes-original: expected 127.0.0.1, the host of --to, to be typed\n",
    ]);
    expect(server.requests).toEqual([]);
    expect(await replay(journal, "--to", server.url, "--yes-original", "127.0.0.1")).toMatchObject({
      code: 0,
    });
  });

  it("says what is missing where not everything was kept, and sends what is there only when it is asked to", async () => {
    await using journal = await RecordedJournal.create(chat);
    journal.open("s1");
    journal.message("s1", 1, undefined, { size: 5 });
    const digest = { kind: "digest", bytes: Buffer.from("secret") } as const;
    journal.message("s1", 2, undefined, { size: 6, payload: digest });
    journal.message("s1", 3, undefined, { size: 6, payload: { ...digest, kind: "redacted" } });
    const server = await serve(() => {});
    const none = await replay(journal, "--to", server.url);
    expect([none.code, none.out]).toEqual([2, ""]);
    expect(none.err).toContain("there is nothing that could be sent");
    journal.message("s1", 4, "kept");
    const some = await replay(journal, "--to", server.url);
    expect(some.code).toBe(2);
    expect(some.err).toContain("of 1 of its 4 messages only how long they were was kept");
    expect(some.err).toContain("of 1 of its 4 messages only a digest was kept");
    expect(some.err).toContain("of 1 of its 4 messages only what `leak` had left of them was kept");
    expect(server.requests).toEqual([]);
    const partial = await replay(journal, "--to", server.url, "--partial");
    expect(partial.code).toBe(0);
    expect(partial.out).toContain("1 of 4 messages sent");
    expect(server.messages.map(([text]) => text)).toEqual(["kept"]);
  });

  it("says that it ended where the server ends it", async () => {
    await using journal = await recorded();
    const server = await serve((_text, socket) => socket.close(4001, "no"));
    const { code, out } = await replay(journal, "--to", server.url);
    expect(code).toBe(1);
    expect(out).toContain("1 of 2 messages sent");
    expect(out).toContain("closed with 4001, then with 1001 by the client\n");
  });

  it("says what a server answers that wants no WebSocket, or that is not there", async () => {
    await using journal = await recorded();
    const refusing = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      verifyClient: (_info, done) => done(false, 401),
    });
    await once(refusing, "listening");
    onTestFinished(() => refusing.close());
    const { port } = refusing.address() as AddressInfo;
    const refused = await replay(journal, "--to", `ws://127.0.0.1:${port}`);
    expect(refused.code).toBe(3);
    expect(refused.err).toContain("it answered 401 to the handshake");
    const absent = await replay(journal, "--to", "ws://127.0.0.1:1");
    expect(absent.code).toBe(3);
    expect(absent.err).toContain("ECONNREFUSED");
  });

  it("is for investigators, and records who replayed what where", async () => {
    await using journal = await recorded();
    const server = await serve(asThen(1));
    const call = async (...argv: string[]): Promise<Outcome> =>
      await callMain(["journal", ...argv], { directory: journal.directory });
    expect(await call("grant", "analyst", "--to", "analyst.key")).toMatchObject({ code: 0 });
    const refused = await replay(journal, "--to", server.url, "--key", "analyst.key");
    expect([refused.code, refused.out]).toEqual([2, ""]);
    expect(refused.err).toContain("the key of a analyst does not open it");
    expect(server.requests).toEqual([]);
    await replay(journal, "--to", server.url);
    const { out } = await call("search", "--text", "replay to", "--json");
    expect(JSON.parse(out.split("\n")[0] ?? "")).toMatchObject({
      what: "read",
      role: "investigator",
      reason: "a test",
    });
  });

  it("needs a reason, and a session that is there", async () => {
    await using journal = await recorded();
    const call = async (...argv: string[]): Promise<Outcome> =>
      await callMain(["journal", "replay", ...argv, "--to", "ws://127.0.0.1:1"], {
        directory: journal.directory,
      });
    expect(await call("s1")).toMatchObject({ code: 2, out: "" });
    expect((await call("s1")).err).toContain("--reason TEXT");
    expect((await call("s9", "--reason", "x")).err).toContain("there is no message of a session s9");
    expect((await call("../x", "--reason", "x")).err).toContain("expected a session");
  });

  it("says what of the handshake is not recorded", async () => {
    await using journal = await RecordedJournal.create(chat);
    const server = await serve(() => {});
    const caller = { ...byToken, credential: "cookie" };
    const arrival = { kind: "websocket", host: "127.0.0.1", secure: false, cookie: true, caller } as const;
    journal.open("s1", 0, { arrival });
    journal.message("s1", 1, "x");
    expect((await replay(journal, "--to", server.url)).err).toContain(
      "a cookie: --header 'Cookie: name=value' gives one",
    );
    await using partial = await RecordedJournal.create(chat);
    partial.message("s1", 1, "x");
    expect((await replay(partial, "--to", server.url)).err).toContain("its handshake is not recorded");
  });
});
