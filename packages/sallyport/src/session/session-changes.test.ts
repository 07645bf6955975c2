import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { makeServices } from "../../test/handshake-fixture.ts";
import { facts, fromApplication, fromClient, RecordedSession, rebind } from "../../test/recorded-session.ts";
import { dialect } from "../guards/dialect.ts";
import type { ConnectionHandle, Guard, MessageVerdict, Refresh, TimerVerdict } from "../guards/guard.ts";
import { pass } from "../guards/guard.ts";
import type { MessageSink } from "./message-record.ts";

/** A guard that counts what it is asked. */
class Asked implements Guard {
  readonly name = "messageRate";
  readonly mode = "enforce";
  readonly reads = { inbound: "size", outbound: "size" } as const;
  opens = 0;
  messages = 0;
  ticks = 0;
  ends = 0;
  refreshes: Refresh[] = [];
  handle: ConnectionHandle | null = null;
  says: MessageVerdict = pass;
  verdict: TimerVerdict = { verdict: "wait", untilMs: Number.POSITIVE_INFINITY };

  open(_facts: unknown, handle: ConnectionHandle): ReturnType<NonNullable<Guard["open"]>> {
    this.handle = handle;
    this.opens++;
    return {
      message: (): MessageVerdict => {
        this.messages++;
        return this.says;
      },
      tick: (): TimerVerdict => {
        this.ticks++;
        return this.verdict;
      },
      refreshed: (refresh) => void this.refreshes.push(refresh),
      end: () => void this.ends++,
    };
  }
}

function rebound(recorded: RecordedSession, guards: readonly Guard[], now = 0): void {
  rebind(recorded.session, { id: "/other", guards }, now);
}

function prepared(recorded: RecordedSession, guard: Guard): void {
  recorded.session.prepare({ id: "/other", guards: [guard] }, 0);
}

const hello = fromClient(1, "hello");

/** A sink that has no room, until it has. */
function fullSink(): { readonly sink: MessageSink; makeRoom(): Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let room: Promise<void> | null = promise;
  return {
    sink: { keepsNext: () => false, take: () => room },
    async makeRoom() {
      room = null;
      resolve();
      await promise;
      await Promise.resolve();
    },
  };
}

describe("Session.wake", () => {
  it("has every timer guard asked, though none was due", () => {
    const guard = new Asked();
    const recorded = new RecordedSession([guard]);
    recorded.session.tick(0);
    expect([guard.ticks, recorded.session.deadline]).toEqual([1, Number.POSITIVE_INFINITY]);
    guard.verdict = { verdict: "close", code: "revocation.revoked", detail: "a test" };
    guard.handle?.wake();
    expect([recorded.rescheduled, recorded.session.deadline]).toEqual([1, 0]);
    recorded.session.tick(1);
    expect(recorded.events).toMatchObject([{ code: "revocation.revoked" }]);
  });

  it("does nothing before the session is made, nor after it is over", () => {
    const eager: Guard = {
      name: "expiry",
      mode: "enforce",
      open: (_facts, handle) => {
        handle.wake();
        return {};
      },
    };
    const recorded = new RecordedSession([eager]);
    recorded.session.gone("client", 0);
    recorded.session.gone("application", 0);
    recorded.session.wake();
    expect(recorded.rescheduled).toBe(0);
  });
});

describe("Session.refresh", () => {
  it("tells every guard the new proof, and has it asked", () => {
    const guard = new Asked();
    const recorded = new RecordedSession([guard]);
    const refresh: Refresh = { identity: { ...facts.identity, user: "ada" }, wallNow: 5, now: 5 };
    recorded.session.refresh(refresh);
    recorded.session.tick(5);
    expect([guard.refreshes, guard.ticks]).toEqual([[refresh], 1]);
  });
});

describe("Session.prepare", () => {
  it("changes nothing while nothing happens, and has the next message judged by the new guards", () => {
    const [before, after] = [new Asked(), new Asked()];
    const recorded = new RecordedSession([before]);
    recorded.send("client", hello);
    prepared(recorded, after);
    expect([recorded.rebounds, before.ends]).toEqual([0, 0]);
    recorded.send("client", hello);
    expect([recorded.rebounds, before.messages, before.ends, after.messages]).toEqual([1, 1, 1, 1]);
    expect(recorded.session.counts().inbound).toEqual({ messages: 2, bytes: 10 });
  });

  it("asks no timer of the old guards any more, whose time would end what the new ones admit", () => {
    const [before, after] = [new Asked(), new Asked()];
    const recorded = new RecordedSession([before]);
    before.verdict = { verdict: "wait", untilMs: 100 };
    recorded.session.tick(0);
    prepared(recorded, after);
    recorded.session.tick(100);
    expect([before.ticks, after.ticks]).toEqual([1, 1]);
  });

  it("first has an old guard say what it has news of: a withdrawn right does not get lost in a reload", () => {
    const [before, after] = [new Asked(), new Asked()];
    const recorded = new RecordedSession([before]);
    recorded.session.tick(0);
    prepared(recorded, after);
    before.verdict = { verdict: "close", code: "identity.withdrawn", detail: "a test" };
    before.handle?.wake();
    recorded.session.rebindNow(1);
    expect([recorded.rebounds, after.handle]).toEqual([0, null]);
    recorded.session.tick(2);
    expect(recorded.events).toMatchObject([{ code: "identity.withdrawn" }]);
  });

  it("leaves alone the part of a guard that both policies have, and when it is to be asked", () => {
    const [both, before, after] = [new Asked(), new Asked(), new Asked()];
    const recorded = new RecordedSession([both, before]);
    both.verdict = { verdict: "wait", untilMs: 500 };
    recorded.session.tick(0);
    rebound(recorded, [after, both], 1);
    recorded.session.tick(1);
    expect([both.opens, both.ends, both.ticks]).toEqual([1, 0, 1]);
    expect([before.ends, after.opens, after.ticks]).toEqual([1, 1, 1]);
    expect(recorded.session.deadline).toBe(500);
    recorded.send("client", hello);
    expect([both.messages, before.messages, after.messages]).toEqual([1, 0, 1]);
  });

  it("has that part end, too, where another cannot be opened", () => {
    const both = new Asked();
    const broken: Guard = {
      name: "expiry",
      mode: "enforce",
      open: () => {
        throw new Error("a test");
      },
    };
    const recorded = new RecordedSession([both]);
    rebound(recorded, [both, broken]);
    expect([recorded.codes, both.ends]).toEqual([["close session.guard-failed"], 0]);
    recorded.session.gone("client", 0);
    recorded.session.gone("application", 0);
    expect(both.ends).toBe(1);
  });

  it("takes over after such news, where it closes nobody", () => {
    const [before, after] = [new Asked(), new Asked()];
    const recorded = new RecordedSession([before]);
    prepared(recorded, after);
    before.handle?.wake();
    recorded.session.tick(1);
    expect([recorded.rebounds, before.ticks, before.ends]).toEqual([1, 1, 1]);
    recorded.session.tick(2);
    expect(after.ticks).toBe(1);
  });

  it("never closes a connection for its own waiting: at the latest the new guards are there after half a minute", () => {
    const [before, after] = [new Asked(), new Asked()];
    const recorded = new RecordedSession([before]);
    recorded.session.tick(0);
    prepared(recorded, after);
    expect(recorded.session.deadline).toBe(30_000);
    before.handle?.wake();
    recorded.session.tick(30_000);
    expect([before.ends, recorded.events]).toEqual([1, []]);
  });
});

describe("Session.rebindNow", () => {
  it("lets the new guards decide from the next message on, and goes on counting", () => {
    const [before, after] = [new Asked(), new Asked()];
    const recorded = new RecordedSession([before]);
    recorded.send("client", hello);
    rebound(recorded, [after]);
    expect(recorded.rebounds).toBe(1);
    recorded.send("client", hello);
    expect([before.messages, before.ends, after.messages]).toEqual([1, 1, 1]);
    expect(recorded.session.counts().inbound).toEqual({ messages: 2, bytes: 10 });
  });

  it("waits until a message that is half there has passed the guards of before", () => {
    const [before, after] = [new Asked(), new Asked()];
    const recorded = new RecordedSession([before]);
    recorded.send("client", hello.subarray(0, 3));
    rebound(recorded, [after]);
    expect(recorded.rebounds).toBe(0);
    recorded.send("client", hello.subarray(3));
    expect([recorded.rebounds, before.messages, after.messages]).toEqual([1, 1, 0]);
    recorded.send("client", hello);
    expect([before.messages, after.messages]).toEqual([1, 1]);
  });

  it("closes a peer that never comes between two messages: 1012 after half a minute", () => {
    const recorded = new RecordedSession([new Asked()]);
    recorded.send("client", hello.subarray(0, 3), 0);
    rebound(recorded, [new Asked()], 0);
    for (let now = 10_000; now <= 20_000; now += 10_000) {
      // It finishes one and begins the next in the same chunk, for ever.
      recorded.send("client", Buffer.concat([hello.subarray(3), hello.subarray(0, 3)]), now);
      recorded.session.tick(now);
    }
    expect(recorded.events).toEqual([]);
    recorded.session.tick(30_000);
    expect(recorded.events).toMatchObject([{ code: "session.policy-changed", verdict: "close" }]);
  });

  it("takes over while a connection stands still for want of room to record it: what comes behind is judged by the new guards", async () => {
    const [before, after] = [new Asked(), new Asked()];
    const full = fullSink();
    const recorded = new RecordedSession([before], { messages: full.sink });
    recorded.send("client", Buffer.concat([hello, hello, hello.subarray(0, 3)]));
    rebound(recorded, [after]);
    expect([recorded.rebounds, before.messages, before.ends, after.messages]).toEqual([1, 1, 1, 0]);
    await full.makeRoom();
    recorded.send("client", hello.subarray(3), 2);
    expect([before.messages, after.messages, recorded.events]).toEqual([1, 2, []]);
  });

  it("closes nobody for time in which nothing was read for want of room, and gives half a minute more after it", async () => {
    const full = fullSink();
    const recorded = new RecordedSession([new Asked()], { messages: full.sink });
    recorded.send("application", fromApplication(1, "half", false), 0);
    recorded.send("client", hello, 0);
    rebound(recorded, [new Asked()], 0);
    const goOn = (now: number): void => {
      recorded.send("application", fromApplication(0, ".", false), now);
      recorded.session.tick(now);
    };
    for (let now = 10_000; now <= 90_000; now += 10_000) goOn(now);
    await full.makeRoom();
    goOn(110_000);
    recorded.session.tick(119_999);
    expect([recorded.rebounds, recorded.events]).toEqual([0, []]);
    recorded.session.tick(120_000);
    expect(recorded.events).toMatchObject([
      { code: "session.policy-changed", detail: "a message was never finished" },
    ]);
  });

  it("waits for what a guard of before holds, also where there is no room to record more", async () => {
    const [holds, after] = [new Asked(), new Asked()];
    holds.says = { verdict: "hold", untilMs: 40_000 };
    const full = fullSink();
    const recorded = new RecordedSession([holds], { messages: full.sink });
    recorded.send("client", hello, 0);
    rebound(recorded, [after], 0);
    recorded.session.tick(30_000);
    expect([recorded.rebounds, recorded.events]).toEqual([0, []]);
    await full.makeRoom();
    recorded.session.tick(39_999);
    expect(recorded.rebounds).toBe(0);
    recorded.session.tick(40_000);
    expect([recorded.rebounds, recorded.events]).toEqual([1, []]);
  });

  it("takes the later of two changes, and lets the guards of before go once they are no longer asked", () => {
    const [before, first, second] = [new Asked(), new Asked(), new Asked()];
    const recorded = new RecordedSession([before]);
    recorded.send("client", hello.subarray(0, 3));
    rebound(recorded, [first]);
    rebound(recorded, [second]);
    // Those of before still decide: whoever waits for their end must not believe that it has come.
    expect([recorded.rebounds, before.ends]).toEqual([0, 0]);
    recorded.send("client", hello.subarray(3));
    recorded.send("client", hello);
    expect([before.messages, first.messages, second.messages]).toEqual([1, 0, 1]);
    expect([recorded.rebounds, before.ends]).toEqual([1, 1]);
  });

  it("gives a peer that is never between two messages no longer for each further change", () => {
    const recorded = new RecordedSession([new Asked()]);
    recorded.send("client", hello.subarray(0, 3), 0);
    for (let now = 0; now < 30_000; now += 10_000) {
      rebound(recorded, [new Asked()], now);
      recorded.send("client", Buffer.concat([hello.subarray(3), hello.subarray(0, 3)]), now);
    }
    recorded.session.tick(29_999);
    expect(recorded.events).toEqual([]);
    recorded.session.tick(30_000);
    expect(recorded.events).toMatchObject([{ code: "session.policy-changed", verdict: "close" }]);
  });

  it("changes nothing where the connection is closing, nor once it is over", () => {
    const guard = new Asked();
    const closing = new RecordedSession([guard]);
    closing.session.close("session.draining", "a test", 0);
    rebound(closing, []);
    expect([closing.rebounds, guard.ends]).toEqual([0, 0]);
    const ending = new RecordedSession([]);
    ending.send("client", hello.subarray(0, 3));
    rebound(ending, []);
    ending.session.gone("client", 0);
    ending.session.gone("application", 0);
    ending.session.rebindNow(1);
    expect(ending.rebounds).toBe(0);
  });

  it("gives the new guards a proof that was refreshed while they waited", () => {
    const after: Guard = {
      name: "expiry",
      mode: "enforce",
      open: ({ identity }) => {
        expect(identity.user).toBe("ada");
        return {};
      },
    };
    const recorded = new RecordedSession([]);
    recorded.send("client", hello.subarray(0, 3));
    rebound(recorded, [after]);
    recorded.session.refresh({ identity: { ...facts.identity, user: "ada" }, wallNow: 0, now: 0 });
    recorded.send("client", hello.subarray(3));
    expect(recorded.rebounds).toBe(1);
    expect.assertions(2);
  });

  it("closes a connection whose new guards cannot be opened: 1011", () => {
    const broken: Guard = {
      name: "expiry",
      mode: "enforce",
      open: () => {
        throw new Error("a test");
      },
    };
    const recorded = new RecordedSession([]);
    rebound(recorded, [broken]);
    expect(recorded.events).toMatchObject([{ code: "session.guard-failed" }]);
  });
});

/** The guard that says what a route speaks. */
function speaking(written: unknown): Guard {
  const made = dialect.create(dialect.options.parse(written), makeServices());
  if (made instanceof Promise) throw new TypeError("made later");
  return made;
}

describe("Session.prepare, where the dialect of the route changes", () => {
  const names: (string | null)[] = [];
  const reader: Guard = {
    name: "permission",
    mode: "enforce",
    reads: { inbound: "json" },
    open: () => ({
      message(message): MessageVerdict {
        for (const { name } of message.parts() ?? []) names.push(name);
        return pass;
      },
    }),
  };

  it("reads the next message with the new options of a dialect that remembers nothing", () => {
    const recorded = new RecordedSession([speaking({ json: { name: "/type" } }), reader]);
    const message = fromClient(1, '{"type":"read","action":"delete"}');
    recorded.send("client", message);
    rebound(recorded, [speaking({ json: { name: "/action" } }), reader]);
    recorded.send("client", message);
    expect(names.splice(0)).toEqual(["read", "delete"]);
  });

  it("reads nobody's middle of a packet as the beginning of another", () => {
    const recorded = new RecordedSession([reader]);
    // A PUBLISH of 18 bytes, of which 4 are here; a CONNECT and more would be its payload for the broker.
    recorded.send("client", fromClient(2, Buffer.from("30120001", "hex")));
    rebound(recorded, [speaking("mqtt"), reader]);
    recorded.send("client", fromClient(2, Buffer.from("100d00044d5154540402003c000161", "hex")));
    expect(recorded.codes).toEqual(["close dialect.missed"]);
  });

  it("does not begin to enforce a dialect behind a message that it could not read", () => {
    const connect = fromClient(2, Buffer.from("100d00044d5154540402003c000161", "hex"));
    const observing = speaking({ mqtt: { packet: "32B" }, mode: "observe" });
    const recorded = new RecordedSession([observing, reader]);
    recorded.send("client", connect);
    // The beginning of a packet beyond the limit, which the broker gets all the same.
    recorded.send("client", fromClient(2, Buffer.from("307f000174", "hex")));
    rebound(recorded, [speaking({ mqtt: { packet: "32B" } }), reader]);
    recorded.send("client", fromClient(2, Buffer.from("c000", "hex")));
    expect([recorded.codes, names.splice(0)]).toEqual([
      ["observe dialect.limit", "close dialect.missed"],
      ["a"],
    ]);
  });

  it("begins with a dialect where nothing was said yet", () => {
    const recorded = new RecordedSession([reader]);
    rebound(recorded, [speaking("mqtt"), reader]);
    recorded.send("client", fromClient(2, Buffer.from("100d00044d5154540402003c000161", "hex")));
    expect([recorded.codes, names.splice(0)]).toEqual([[], ["a"]]);
  });
});
