import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { counter, facts } from "../../test/recorded-session.ts";
import { routeFixture } from "../../test/route-fixture.ts";
import type { ConnectionGuard, Guard } from "../guards/guard.ts";
import { TestClock } from "./policy-test-clock.ts";
import { TestConnection, type TestMessage } from "./policy-test-connection.ts";

const hello: TestMessage = { side: "client", payload: Buffer.from("hello"), binary: false, repeat: 1 };

/** A connection with one guard, which has this part in it. */
function connection(part: ConnectionGuard, more: Pick<Guard, "reads"> = {}): TestConnection {
  const guard: Guard = {
    name: "permission",
    mode: "enforce",
    reads: { inbound: "size" },
    open: () => part,
    ...more,
  };
  const route = routeFixture({ guards: [guard] });
  return new TestConnection({ facts, route, clock: new TestClock(0), random: counter(), silent: false });
}

describe("TestConnection", () => {
  it("lets its clock go on until a guard reads again, and says how late a message passed", async () => {
    const held = connection({ message: (_, now) => ({ verdict: "hold", untilMs: now + 2000 }) });
    expect(await held.send(hello)).toMatchObject({ verdict: "pass", afterMs: 0 });
    expect(await held.send(hello)).toMatchObject({ verdict: "held", afterMs: 2000 });
  });

  it("waits for a guard that works on its answer, while its clock stands still", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    const waiting = connection({
      message(_, now) {
        asked += 1;
        if (asked > 1) return { verdict: "pass" };
        setImmediate(resolve);
        const denial = { code: "permission.undecided", detail: "" } as const;
        return { verdict: "wait", until: promise, untilMs: now + 10, ...denial };
      },
    });
    expect(await waiting.send(hello)).toMatchObject({ verdict: "pass", afterMs: 0 });
    expect(asked).toBe(2);
  });

  it("tells drops and replacements with their reasons", async () => {
    const denial = { code: "permission.message", detail: "because" } as const;
    const dropping = connection({ message: () => ({ verdict: "drop", ...denial }) });
    expect(await dropping.send(hello)).toMatchObject({ verdict: "drop", denial });
    const payload = Buffer.from("other");
    const replacing = connection({ message: () => ({ verdict: "replace", payload, ...denial }) });
    expect(await replacing.send(hello)).toMatchObject({ verdict: "replace", denial });
  });

  it("tells the close code that the client is sent, whoever offended", async () => {
    const denial = { code: "permission.message", detail: "because" } as const;
    const part: ConnectionGuard = { message: () => ({ verdict: "close", ...denial }) };
    const closing = { verdict: "close", denial };
    expect(await connection(part).send(hello)).toMatchObject({ ...closing, number: 4503 });
    const outbound = connection(part, { reads: { outbound: "size" } });
    expect(await outbound.send({ ...hello, side: "application" })).toMatchObject({
      ...closing,
      number: 1001,
    });
  });

  it("closes for a guard that throws (fail closed)", async () => {
    const failing = connection({
      message() {
        throw new Error("broken");
      },
    });
    expect(await failing.send(hello)).toMatchObject({
      verdict: "close",
      number: 1011,
      denial: { code: "session.guard-failed" },
    });
  });

  it("gives back what its guards hold when it is finished", () => {
    let ended = 0;
    connection({ end: () => void (ended += 1) }).finish();
    expect(ended).toBe(1);
  });
});
