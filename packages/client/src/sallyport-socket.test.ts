import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeWebSocket } from "../test/fake-web-socket.ts";
import { closeComesBack } from "./close-policy.ts";
import { SallyportSocket } from "./sallyport-socket.ts";
import type { Ended, Lost } from "./socket-events.ts";
import type { SocketOptions } from "./socket-options.ts";

const HOUR_MS = 3_600_000;

/** Codes beside which the answer changes, and some between. */
const isEdge = (code: number): boolean => code < 1020 || Math.abs(code - 4450) < 55 || code % 100 === 0;

const refused = (): Promise<Response> =>
  Promise.resolve(new Response("{}", { status: 503, headers: { "Retry-After": "20" } }));

/** A connection that lasts so long, and the next attempt. */
const round = async (lastsMs: number): Promise<void> => {
  FakeWebSocket.last.open();
  await vi.advanceTimersByTimeAsync(lastsMs);
  FakeWebSocket.last.end();
  await vi.advanceTimersByTimeAsync(1);
};

interface Opened {
  readonly socket: SallyportSocket;
  readonly losses: Lost[];
  readonly ends: Ended[];
}

/** A client over sockets that the test plays; it begins in the next microtask. */
function begin(options: SocketOptions = {}): Opened {
  const fake: unknown = FakeWebSocket;
  const socket = new SallyportSocket("wss://app.example.com/chat", [], {
    ticket: false,
    WebSocket: fake as typeof WebSocket,
    ...options,
  });
  const [losses, ends]: [Lost[], Ended[]] = [[], []];
  socket.addEventListener("lost", ({ detail }) => void losses.push(detail));
  socket.addEventListener("close", ({ detail }) => void ends.push(detail));
  return { socket, losses, ends };
}

/** One that is connecting. */
async function open(options: SocketOptions = {}): Promise<Opened> {
  const begun = begin(options);
  await vi.advanceTimersByTimeAsync(0);
  return begun;
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.made = [];
  return () => void vi.useRealTimers();
});

describe("SallyportSocket", () => {
  it("takes an `error` before the connection is open for its end: Node 22 sends no `close` where nothing answered", async () => {
    const { losses } = await open();
    FakeWebSocket.last.dispatchEvent(Object.assign(new Event("error"), { error: "refused" }));
    await vi.advanceTimersByTimeAsync(0);
    expect(losses).toMatchObject([{ cause: "handshake", code: 1006, error: "refused" }]);
  });

  it("ends once where `close` follows an `error`", async () => {
    const { losses } = await open();
    FakeWebSocket.last.dispatchEvent(new Event("error"));
    FakeWebSocket.last.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(losses).toHaveLength(1);
  });

  it("can be used where a WebSocket is wanted", () => {
    // Compiled against Node's types here, against the browser's in the build.
    const socket: WebSocket = new SallyportSocket("wss://app.example.com/", [], {
      signal: AbortSignal.abort(),
    });
    expect([socket.CONNECTING, socket.OPEN, socket.CLOSING, socket.CLOSED]).toEqual([0, 1, 2, 3]);
    expect([
      SallyportSocket.CONNECTING,
      SallyportSocket.OPEN,
      SallyportSocket.CLOSING,
      SallyportSocket.CLOSED,
    ]).toEqual([0, 1, 2, 3]);
    expect(socket.binaryType).toBe("blob");
  });

  it.each([
    [1001, "", "InvalidAccessError"],
    [2999, "", "InvalidAccessError"],
    [5000, "", "InvalidAccessError"],
    [Number.NaN, "", "InvalidAccessError"],
    [1000, "ü".repeat(62), "SyntaxError"],
  ])("refuses to close with %d and %s, as a WebSocket does", async (code, reason, name) => {
    const { socket } = await open();
    expect(() => socket.close(code, reason)).toThrow(expect.objectContaining({ name }));
  });

  it("comes back or stops by the table (`closeComesBack`) after codes from 1000 to 4999, from the gate and from an application", async () => {
    // Fake ones take long to clear by the thousand, and no time passes here.
    vi.useRealTimers();
    const all = Array.from({ length: 4000 }, (_, index) => 1000 + index).filter(isEdge);
    for (const reason of ["", "sallyport:Ab_-9"]) {
      FakeWebSocket.made = [];
      const opened = all.map(() => begin());
      await Promise.resolve();
      for (const [index, code] of all.entries()) {
        FakeWebSocket.made[index]?.open();
        FakeWebSocket.made[index]?.end(code, reason);
      }
      const cameBack = all.filter((_code, index) => opened[index]?.losses.length === 1);
      expect(cameBack).toEqual(all.filter((code) => closeComesBack(code, reason)));
      expect(opened.filter(({ losses, ends }) => losses.length + ends.length !== 1)).toEqual([]);
      for (const { socket } of opened) socket.close();
    }
  });

  it("never loops where each connection is ended at once: it comes back four times a minute, not thousands", async () => {
    const { losses, socket } = await open();
    for (let second = 0; second < HOUR_MS / 1000; second += 1) {
      const last = FakeWebSocket.last;
      if (last.readyState === 0) {
        last.open();
        last.end(1013);
      }
      await vi.advanceTimersByTimeAsync(1000);
    }
    // By full jitter from 30 s a wait takes 15 s in the middle.
    expect(losses.length).toBeGreaterThan(150);
    expect(losses.length).toBeLessThan(320);
    expect(losses.at(-1)?.attempt).toBe(losses.length);
    socket.close();
  });

  it("counts from anew after a connection that has lasted, and not after one that has not", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { losses, socket } = await open();
    for (const lastsMs of [9999, 9999, 10_000, 0]) await round(lastsMs);
    expect(losses.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
    socket.close();
  });

  it("leaves neither a timer nor a listener when it is over", async () => {
    const controller = new AbortController();
    const { socket } = await open({
      signal: controller.signal,
      heartbeat: { intervalMs: 1000, message: "ping" },
    });
    FakeWebSocket.last.open();
    socket.close();
    await vi.advanceTimersByTimeAsync(0);
    expect([socket.readyState, vi.getTimerCount()]).toEqual([3, 0]);
    const made = FakeWebSocket.made.length;
    controller.abort();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(FakeWebSocket.made).toHaveLength(made);
  });
});

describe("SallyportSocket, whose queue", () => {
  const queue = { messages: 3, bytes: 10 } as const;

  it("is full, rejects by default: nothing is dropped in silence", async () => {
    const { socket } = await open({ queue });
    expect(["a", "b", "c"].map((data) => socket.send(data))).toEqual([1, 2, 3]);
    expect(() => socket.send("d")).toThrow(expect.objectContaining({ name: "QuotaExceededError" }));
    expect(socket.bufferedAmount).toBe(3);
    FakeWebSocket.last.open();
    expect(FakeWebSocket.last.sent).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["drop-oldest", ["b", "c", "d"], "a"],
    ["drop-newest", ["a", "b", "c"], "d"],
  ] as const)("drops by its policy, %s, and says what", async (whenFull, kept, lost) => {
    const { socket } = await open({ queue: { ...queue, whenFull } });
    const dropped: unknown[] = [];
    socket.addEventListener("dropped", ({ detail }) => void dropped.push(detail));
    for (const data of ["a", "b", "c", "d"]) socket.send(data);
    expect(dropped).toMatchObject([{ because: "full", messages: [{ data: lost }] }]);
    FakeWebSocket.last.open();
    expect(FakeWebSocket.last.sent).toEqual(kept);
  });

  it("has a bound in bytes too, of UTF-8; what is larger than all of it is dropped itself", async () => {
    const { socket } = await open({ queue: { ...queue, whenFull: "drop-oldest" } });
    const dropped: unknown[] = [];
    socket.addEventListener(
      "dropped",
      ({ detail }) => void dropped.push(...detail.messages.map(({ data }) => data)),
    );
    expect(socket.send("12345")).toBe(1);
    expect(socket.send("üüü")).toBe(2);
    expect(socket.send("x".repeat(11))).toBe(0);
    expect(dropped).toEqual(["12345", "üüü", "x".repeat(11)]);
  });

  it("holds back what the socket's buffer has no room for, in order, until it has", async () => {
    const { socket } = await open();
    const last = FakeWebSocket.last;
    last.open();
    socket.send("x".repeat(262_144));
    socket.send("waits");
    socket.send("too");
    await vi.advanceTimersByTimeAsync(100);
    expect([last.sent.length, socket.bufferedAmount]).toEqual([1, 262_144 + 8]);
    last.bufferedAmount = 0;
    await vi.advanceTimersByTimeAsync(20);
    expect(last.sent.slice(1)).toEqual(["waits", "too"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("SallyportSocket, which lost a connection", () => {
  it("reports what was sent and is not known to have arrived, and sends none of it again", async () => {
    const { socket, losses } = await open();
    FakeWebSocket.last.open();
    FakeWebSocket.last.leaves = false;
    socket.send("one");
    FakeWebSocket.last.bufferedAmount = 0;
    socket.send("two");
    FakeWebSocket.last.end();
    expect(losses[0]?.unconfirmed).toEqual([
      { sequence: 1, data: "one", left: true },
      { sequence: 2, data: "two", left: false },
    ]);
    socket.send("three");
    await vi.advanceTimersByTimeAsync(2000);
    FakeWebSocket.last.open();
    expect(FakeWebSocket.last.sent).toEqual(["three"]);
  });

  it("does not report what the application confirmed, nor what settled: heard from ten seconds after it left", async () => {
    const { socket, losses } = await open();
    const last = FakeWebSocket.last;
    last.open();
    for (const data of ["a", "b", "c"]) socket.send(data);
    socket.confirm(1);
    last.say("something");
    await vi.advanceTimersByTimeAsync(9000);
    last.say("something");
    last.end();
    expect(losses[0]?.unconfirmed.map(({ data }) => data)).toEqual(["b", "c"]);
    await vi.advanceTimersByTimeAsync(2000);
    const next = FakeWebSocket.last;
    next.open();
    socket.send("d");
    next.say("something");
    await vi.advanceTimersByTimeAsync(10_000);
    next.say("something");
    socket.send("e");
    next.end();
    expect(losses[1]?.unconfirmed.map(({ data }) => data)).toEqual(["e"]);
  });

  it("remembers so much and no more, and counts the rest", async () => {
    const { socket, losses } = await open({ report: { messages: 2, bytes: 8 } });
    FakeWebSocket.last.open();
    for (const data of ["a", "b", "c", "1234567", "12"]) socket.send(data);
    FakeWebSocket.last.end();
    expect(losses[0]).toMatchObject({ forgotten: 4, unconfirmed: [{ data: "12" }] });
  });

  it("has nothing to report after a Close that its peer answered with the same", async () => {
    const { socket, ends } = await open();
    FakeWebSocket.last.open();
    socket.send("a");
    socket.close(1000);
    await vi.advanceTimersByTimeAsync(0);
    expect(ends).toMatchObject([{ code: 1000, wasClean: true, unconfirmed: [], unsent: [] }]);
  });
});

describe("SallyportSocket, whose machine sleeps and wakes", () => {
  it("finds out at once whether its peer is there when the page is looked at again", async () => {
    const document = new EventTarget();
    vi.stubGlobal("document", document);
    const { losses } = await open({ heartbeat: { intervalMs: 60_000, timeoutMs: 1000, message: "ping" } });
    vi.unstubAllGlobals();
    FakeWebSocket.last.open();
    vi.setSystemTime(Date.now() + HOUR_MS);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(FakeWebSocket.last.sent).toEqual(["ping"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(losses).toMatchObject([{ cause: "heartbeat" }]);
  });

  it("comes back sooner when the network does, but not before Retry-After says", async () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.spyOn(Math, "random").mockReturnValue(1);
    const { losses } = await open({ reconnect: { firstMs: 1000, longestMs: 600_000 } });
    for (let count = 0; count < 9; count += 1) {
      FakeWebSocket.last.end();
      if (count < 8) await vi.advanceTimersByTimeAsync(losses.at(-1)?.delayMs ?? 0);
    }
    expect(losses.at(-1)?.delayMs).toBe(256_000);
    const { losses: refusals } = await open({ ticket: true, fetch: refused });
    vi.unstubAllGlobals();
    const [made, asked] = [FakeWebSocket.made.length, refusals.length];
    page.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(1000);
    expect([FakeWebSocket.made.length, asked, refusals.length]).toEqual([made + 1, 1, 1]);
  });

  it("takes a connection for dead whose proof ended half a minute ago, and that nobody closed", async () => {
    const body = {
      ticket: "t",
      session: "s",
      refreshSecret: "r",
      expiresAt: new Date(Date.now() + HOUR_MS).toISOString(),
    };
    const fetch = (): Promise<Response> => Promise.resolve(Response.json(body));
    const { losses } = await open({ ticket: true, fetch });
    FakeWebSocket.last.open();
    await vi.advanceTimersByTimeAsync(HOUR_MS + 29_000);
    expect(losses).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(losses).toMatchObject([{ cause: "expired" }]);
  });

  it("renews a proof that is always due no more than each minute, in the end", async () => {
    let asked = 0;
    const past = new Date(Date.now() - HOUR_MS).toISOString();
    const fetch = (): Promise<Response> => {
      asked += 1;
      const expiresAt = new Date(Date.now() + 2 * HOUR_MS).toISOString();
      return Promise.resolve(
        Response.json({ ticket: "t", session: "s", refreshSecret: "r", expiresAt, refreshAt: past }),
      );
    };
    await open({ ticket: true, fetch });
    FakeWebSocket.last.open();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(asked).toBeGreaterThan(50);
    expect(asked).toBeLessThan(70);
  });
});
