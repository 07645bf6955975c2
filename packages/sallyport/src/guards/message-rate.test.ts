import { describe, expect, it } from "vitest";
import type { Counted } from "./count.ts";
import type { ConnectionFacts, ConnectionGuard, Guard, Message, MessageVerdict } from "./guard.ts";
import { knownBy, makeServices } from "../../test/handshake-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { facts, handle } from "../../test/recorded-session.ts";
import { messageRate } from "./message-rate.ts";

function created(options: object = {}, services = makeServices()): Guard {
  const guard = messageRate.create(messageRate.options.parse(options), services);
  if (guard instanceof Promise) throw new TypeError("made later");
  return guard;
}

function factsOf(user: string | null, now = 0): ConnectionFacts {
  return {
    ...facts,
    identity: {
      provider: "jwt",
      user,
      issuer: "i",
      claims: {},
      tenant: null,
      expiresAt: null,
      credential: null,
    },
    wallNow: 0,
    now,
  };
}

function opened(guard: Guard, user: string | null = null): ConnectionGuard {
  const connection = guard.open?.(factsOf(user), handle);
  if (connection === undefined) throw new TypeError("does not open");
  return connection;
}

function send(connection: ConnectionGuard, now: number, size = 1): MessageVerdict | undefined {
  const message: Message = {
    direction: "inbound",
    opcode: 1,
    size,
    bytes: () => new Uint8Array(0),
    text: () => "",
    json: () => undefined,
    parts: () => null,
    fault: () => null,
  };
  return connection.message?.(message, now);
}

/** Sends as a peer that never stops: a message as soon as the gate reads again. Returns when and how it ends. */
function flood(connection: ConnectionGuard, size: number, until: number, lateMs = 0) {
  for (let now = 0; now < until;) {
    const verdict = send(connection, now, size);
    if (verdict?.verdict === "close") return { now, ...verdict };
    if (verdict?.verdict === "hold") now = verdict.untilMs + lateMs;
  }
  return null;
}

/** A peer that is in debt, heard a little late, quiet for a time, and then in debt again, for a minute. */
function debts(quietMs: number, between: number): Set<string | undefined> {
  const connection = opened(created({ bytesPerConnection: "1kB/s" }));
  const verdicts = new Set<string | undefined>();
  for (let now = 0; now < 60_000;) {
    const verdict = send(connection, now, 2000);
    verdicts.add(verdict?.verdict);
    const heardAt = (verdict?.verdict === "hold" ? verdict.untilMs : now) + 100;
    connection.heard?.(heardAt);
    now = heardAt + quietMs;
    for (let count = 0; count < between; count++) send(connection, now, 1);
  }
  return verdicts;
}

describe("messageRate", () => {
  it("reads the size of what the client sends, pings and pongs included", () => {
    expect(created()).toMatchObject({
      name: "messageRate",
      mode: "enforce",
      reads: { inbound: "size" },
      controlFrames: true,
    });
  });

  it("lets 400 messages come at once, then 200 a second, by default", () => {
    const connection = opened(created());
    for (let count = 0; count < 400; count++) expect(send(connection, 0)).toEqual({ verdict: "pass" });
    expect(send(connection, 0)).toEqual({ verdict: "hold", untilMs: 5 });
    expect(send(connection, 5)).toEqual({ verdict: "hold", untilMs: 10 });
    expect(send(connection, 1010)).toEqual({ verdict: "pass" });
  });

  it("holds for bytes too: 8 MiB a second by default", () => {
    const connection = opened(created());
    expect(send(connection, 0, 8_388_608)).toEqual({ verdict: "pass" });
    expect(send(connection, 0, 4_194_304)).toEqual({ verdict: "hold", untilMs: 500 });
  });

  it("closes a peer that stays over the rate for ten seconds, with what it was over", () => {
    expect(flood(opened(created({ perConnection: "10/s", burst: 1 })), 1, 60_000)).toEqual({
      now: 10_000,
      verdict: "close",
      code: "messageRate.messages",
      detail: "over the rate for 10 s; the limit is 10 messages/s",
    });
    expect(flood(opened(created({ bytesPerConnection: "1kB/s" })), 500, 60_000)).toMatchObject({
      code: "messageRate.bytes",
      detail: "over the rate for 10 s; the limit is 1000 bytes/s",
    });
    expect(flood(opened(created({ perUser: "10/s" }), "ada"), 1, 60_000)).toMatchObject({
      code: "messageRate.user",
      detail: "over the rate for 10 s; the limit is 10 messages/s",
    });
  });

  it("closes a flood that the gate reads again a little late each time, as its timers do", () => {
    const connection = opened(created());
    const end = flood(connection, 1, 60_000, 100);
    expect(end).toMatchObject({ code: "messageRate.messages" });
    expect(end?.now).toBeLessThan(10_200);
  });

  it("closes a flood that is heard again however late", () => {
    const connection = opened(created());
    let now = 0;
    let end: MessageVerdict | undefined;
    while (end?.verdict !== "close" && now < 60_000) {
      end = send(connection, now);
      if (end?.verdict !== "hold") continue;
      now = end.untilMs + 1500;
      connection.heard?.(now);
    }
    expect(end).toMatchObject({ code: "messageRate.messages" });
    expect(now).toBeLessThan(12_000);
  });

  it("forgets the debt of a peer that sent nothing for a second once it was heard", () => {
    expect(debts(1000, 0)).toEqual(new Set(["hold"]));
    expect(debts(999, 0)).toContain("close");
  });

  it("forgets the debt of a peer that keeps below the rate a quarter of a second after it was heard", () => {
    expect(debts(251, 1)).toEqual(new Set(["hold"]));
    expect(debts(250, 1)).toContain("close");
  });

  it("does not take a peer that bursts now and then for a flood", () => {
    const connection = opened(created({ perConnection: "10/s", burst: 5 }));
    for (let now = 0; now < 60_000; now += 1000) {
      for (let count = 0; count < 7; count++)
        expect(send(connection, now + count)?.verdict).not.toBe("close");
    }
  });

  it("starts anew after it has closed, as under observe it did not", () => {
    const connection = opened(created({ mode: "observe", perConnection: "10/s", burst: 1 }));
    expect(flood(connection, 1, 60_000)).toMatchObject({ now: 10_000 });
    expect(send(connection, 10_100)).toMatchObject({ verdict: "hold" });
  });

  it("does not close a peer that is slow, though each of its messages is in debt", () => {
    const connection = opened(created({ bytesPerConnection: "1kB/s" }));
    for (let now = 0; now < 100_000; now += 5000) {
      expect(send(connection, now, 3000)).toEqual({ verdict: "hold", untilMs: now + 2000 });
    }
  });

  it("lets single messages pass under a rate of less than one a second", () => {
    const connection = opened(created({ perConnection: "10/m", perUser: "10/m" }), "ada");
    for (let now = 0; now < 60_000; now += 6000) expect(send(connection, now)).toEqual({ verdict: "pass" });
  });

  it("counts a user over all connections, and nobody who is anonymous", () => {
    const guard = created({ perUser: "1/s" });
    const [first, second, other] = [opened(guard, "ada"), opened(guard, "ada"), opened(guard, "bob")];
    expect([send(first, 0), send(second, 0)]).toEqual([{ verdict: "pass" }, { verdict: "pass" }]);
    expect(send(first, 0)).toEqual({ verdict: "hold", untilMs: 1000 });
    expect(send(other, 0)).toEqual({ verdict: "pass" });
    const anonymous = opened(guard);
    for (let count = 0; count < 3; count++) expect(send(anonymous, 0)).toEqual({ verdict: "pass" });
  });

  it("follows 65,536 users, and forgets the one that was quiet longest", () => {
    const guard = created({ perUser: "1/s" });
    const overdraw = (user: string): MessageVerdict | undefined => {
      const connection = opened(guard, user);
      return [send(connection, 0), send(connection, 0), send(connection, 0)].at(-1);
    };
    overdraw("first");
    overdraw("second");
    for (let count = 0; count < 65_534; count++) opened(guard, `user ${count}`);
    expect(send(opened(guard, "first"), 0)).toMatchObject({ verdict: "hold" });
    opened(guard, "one more");
    expect(send(opened(guard, "second"), 0)).toEqual({ verdict: "pass" });
    expect(send(opened(guard, "first"), 0)).toMatchObject({ verdict: "hold" });
  });

  it("goes on counting a user after a reload", () => {
    const services = makeServices();
    const before = opened(created({ perUser: "1/s" }, services), "ada");
    for (let count = 0; count < 3; count++) send(before, 0);
    const after = opened(created({ perUser: "1/s", perConnection: "9/s" }, services), "ada");
    expect(send(after, 0)).toEqual({ verdict: "hold", untilMs: 2000 });
  });

  it("refuses a rate of nothing, no burst and an unknown key", () => {
    for (const options of [
      { perConnection: "0/s" },
      { burst: 0 },
      { perconnection: "1/s" },
      { perUser: 5 },
    ]) {
      expect(messageRate.options.safeParse(options).success).toBe(false);
    }
  });

  describe("with rules", () => {
    const rules = [{ name: "joins", when: 'message.type == "join"', rate: "1/s", burst: 1 }];
    const join = messageFixture('{"type":"join"}');

    it("reads what the client says, but for its pings", () => {
      const guard = created({ rules });
      expect(guard.reads).toEqual({ inbound: "json" });
      const connection = opened(guard);
      const ping = messageFixture("join", { opcode: 9 });
      for (let count = 0; count < 5; count++)
        expect(connection.message?.(ping, 0)).toEqual({ verdict: "pass" });
    });

    it("holds, and then closes, a client that is over the rate of a rule", () => {
      const connection = opened(created({ rules }));
      expect(connection.message?.(join, 0)).toEqual({ verdict: "pass" });
      expect(connection.message?.(join, 0)).toEqual({ verdict: "hold", untilMs: 1000 });
      let verdict: MessageVerdict | undefined;
      for (let now = 1000; now <= 12_000 && verdict?.verdict !== "close"; now += 1000)
        verdict = connection.message?.(join, now);
      expect(verdict).toEqual({
        verdict: "close",
        code: "messageRate.rule",
        detail: 'over the rate for 10 s; the limit is 1 messages/s of rule 1 "joins"',
      });
    });

    it("knows who is connected after a refresh", () => {
      const ofAda = [{ when: 'identity.user == "ada"', rate: "1/s", burst: 1 }];
      const connection = opened(created({ rules: ofAda }));
      connection.refreshed?.({ identity: knownBy("authorization"), wallNow: 0, now: 0 });
      expect(connection.message?.(join, 0)).toEqual({ verdict: "pass" });
      expect(connection.message?.(join, 0)).toEqual({ verdict: "hold", untilMs: 1000 });
    });
  });

  it("counts each message over the rate, and in which mode it was", () => {
    for (const mode of ["enforce", "observe"] as const) {
      const counted: string[] = [];
      const services = {
        ...makeServices(),
        route: "/chat",
        count: (route: string, { what, how }: Counted) => void counted.push(`${route} ${what} ${how}`),
      };
      const connection = opened(created({ perConnection: "1/s", burst: 2, mode }, services));
      for (let sent = 0; sent < 4; sent++) send(connection, 0);
      expect(counted).toEqual([`/chat rateLimited ${mode}`, `/chat rateLimited ${mode}`]);
    }
  });

  it("holds to the rate that it is slowed to, whatever its own, and closes nobody for that", () => {
    const connection = opened(created({ perConnection: "100/s" }));
    expect(send(connection, 0)).toEqual({ verdict: "pass" });
    connection.slowed?.(1, 0);
    expect(send(connection, 0)).toEqual({ verdict: "pass" });
    expect(send(connection, 0)).toEqual({ verdict: "hold", untilMs: 1000 });
    expect(flood(connection, 1, 120_000)).toBeNull();
    connection.slowed?.(null, 120_000);
    for (let count = 0; count < 100; count++) expect(send(connection, 121_000)).toEqual({ verdict: "pass" });
  });

  it("still closes who is slowed for a limit of its own that it is over", () => {
    const connection = opened(created({ bytesPerConnection: "1KiB/s" }));
    connection.slowed?.(1000, 0);
    expect(flood(connection, 4096, 60_000)).toMatchObject({ verdict: "close", code: "messageRate.bytes" });
  });
});
