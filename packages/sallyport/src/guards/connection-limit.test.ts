import { describe, expect, it } from "vitest";
import {
  admit,
  anonymous,
  knownBy,
  makeGuard,
  makeHandshake,
  makeServices,
  outcome,
  problemsOf,
  shake,
} from "../../test/handshake-fixture.ts";
import { connectionLimit } from "./connection-limit.ts";
import type { Guard, Handshake, Identity } from "./guard.ts";

/** Makes a guard that refuses fast handshakes only where a test asks. */
async function make(options: Readonly<Record<string, unknown>>): Promise<Guard> {
  return await makeGuard(connectionLimit, { handshakesPerAddress: "1000/s", ...options });
}

interface Attempt {
  readonly result: string;
  readonly handshake: Handshake;
}

async function connect(guard: Guard, address: string, now = 0): Promise<Attempt> {
  const handshake = makeHandshake({ address }, { now });
  return { result: outcome(await shake(guard, handshake)), handshake };
}

async function enter(guard: Guard, identity: Identity | null): Promise<Attempt> {
  const handshake = makeHandshake({}, { identity });
  return { result: outcome(await admit(guard, handshake)), handshake };
}

function release({ handshake }: Attempt): void {
  for (const run of handshake.releases) run();
}

describe("connectionLimit options", () => {
  it("have the documented defaults", () => {
    expect(connectionLimit.options.parse(undefined)).toEqual({
      mode: "enforce",
      total: 10_000,
      perAddress: 100,
      handshakesPerAddress: 20,
      authenticateWithin: 10_000,
    });
  });

  it.each([
    { total: 0 },
    { perAddress: 1.5 },
    { perUser: 0 },
    { perUser: "5" },
    { handshakesPerAddress: "0/s" },
    { handshakesPerAddress: 20 },
    { authenticateWithin: "0s" },
    { authenticateWithin: "2h" },
    { perIp: 5 },
  ])("refuse %j", (options) => {
    expect(problemsOf(connectionLimit, options)).toHaveLength(1);
  });

  it("tell the host how long a socket may take", async () => {
    expect((await make({ authenticateWithin: "3s" })).authenticateWithinMs).toBe(3000);
  });
});

describe("connectionLimit", () => {
  it("refuses what is beyond `total`, and says when to come back", async () => {
    const guard = await make({ total: 2 });
    const first = await connect(guard, "192.0.2.1");
    await connect(guard, "192.0.2.2");
    expect(await shake(guard, makeHandshake({ address: "192.0.2.3" }))).toEqual({
      verdict: "refuse",
      code: "connectionLimit.total",
      detail: "2 connections are open",
      retryAfterS: 5,
    });
    release(first);
    expect((await connect(guard, "192.0.2.3")).result).toBe("pass");
  });

  it("refuses what is beyond `perAddress`, by address", async () => {
    const guard = await make({ perAddress: 2 });
    const first = await connect(guard, "192.0.2.1");
    expect((await connect(guard, "192.0.2.1")).result).toBe("pass");
    expect((await connect(guard, "::ffff:192.0.2.1")).result).toBe("connectionLimit.perAddress");
    expect((await connect(guard, "192.0.2.2")).result).toBe("pass");
    release(first);
    expect((await connect(guard, "192.0.2.1")).result).toBe("pass");
    expect((await connect(guard, "192.0.2.1")).result).toBe("connectionLimit.perAddress");
  });

  it("takes an IPv6 /64 for one address (L18)", async () => {
    const guard = await make({ perAddress: 1 });
    expect((await connect(guard, "2001:db8::1")).result).toBe("pass");
    expect((await connect(guard, "2001:db8::ffff:1")).result).toBe("connectionLimit.perAddress");
    expect((await connect(guard, "2001:db8:0:1::1")).result).toBe("pass");
  });

  it("gives a place back once, however often it is released", async () => {
    const guard = await make({ total: 2 });
    const first = await connect(guard, "192.0.2.1");
    await connect(guard, "192.0.2.2");
    release(first);
    release(first);
    expect((await connect(guard, "192.0.2.3")).result).toBe("pass");
    expect((await connect(guard, "192.0.2.4")).result).toBe("connectionLimit.total");
  });

  it("takes nothing for a handshake that it refuses", async () => {
    const guard = await make({ total: 1 });
    const first = await connect(guard, "192.0.2.1");
    const refused = await connect(guard, "192.0.2.1");
    expect(refused.handshake.releases).toEqual([]);
    release(first);
    expect((await connect(guard, "192.0.2.1")).result).toBe("pass");
  });

  it("refuses handshakes that come too fast from one address, and says when the next is due (RFC 6585 4)", async () => {
    const guard = await makeGuard(connectionLimit, { handshakesPerAddress: "1/m" });
    expect((await connect(guard, "192.0.2.1")).result).toBe("pass");
    expect(await shake(guard, makeHandshake({ address: "192.0.2.1" }, { now: 15_000 }))).toEqual({
      verdict: "refuse",
      code: "connectionLimit.handshakesPerAddress",
      detail: '"192.0.2.1" opens connections faster than 0.0167/s',
      retryAfterS: 45,
    });
    expect((await connect(guard, "192.0.2.2", 15_000)).result).toBe("pass");
    expect((await connect(guard, "192.0.2.1", 60_000)).result).toBe("pass");
  });

  it("goes on counting handshakes and connections after a reload", async () => {
    const services = makeServices();
    const makeAgain = async (options: object): Promise<Guard> =>
      await connectionLimit.create(connectionLimit.options.parse(options), services);
    const before = await makeAgain({ handshakesPerAddress: "1/s" });
    for (let count = 0; count < 5; count++) await connect(before, "192.0.2.1");
    const after = await makeAgain({ handshakesPerAddress: "1/s", perAddress: 50 });
    expect((await connect(after, "192.0.2.1")).result).toMatch("connectionLimit.handshakesPerAddress");
    const stricter = await makeAgain({ perAddress: 5 });
    expect((await connect(stricter, "192.0.2.1")).result).toMatch("connectionLimit.perAddress");
  });

  it("lets five seconds' worth of handshakes come at once: 100 by default", async () => {
    const guard = await makeGuard(connectionLimit, { perAddress: 1000 });
    const results: string[] = [];
    for (let index = 0; index < 101; index += 1) results.push((await connect(guard, "192.0.2.1")).result);
    expect(results.filter((result) => result === "pass")).toHaveLength(100);
    expect(results[100]).toBe("connectionLimit.handshakesPerAddress");
  });

  it("counts what it lets through in observe mode, and still says what it would have done", async () => {
    const guard = await make({ mode: "observe", total: 1 });
    const first = await connect(guard, "192.0.2.1");
    const second = await connect(guard, "192.0.2.2");
    expect(second.result).toBe("connectionLimit.total");
    release(first);
    expect((await connect(guard, "192.0.2.3")).result).toBe("connectionLimit.total");
    release(second);
  });
});

describe("connectionLimit, once the caller is known", () => {
  it("refuses what is beyond `perUser`, by issuer and user", async () => {
    const guard = await make({ perUser: 1 });
    const first = await enter(guard, knownBy("authorization", "ada", "https://a.example"));
    expect(first.result).toBe("pass");
    expect(
      await admit(guard, makeHandshake({}, { identity: knownBy("cookie", "ada", "https://a.example") })),
    ).toEqual({
      verdict: "refuse",
      code: "connectionLimit.perUser",
      detail: "the user has 1 connections open",
      retryAfterS: 5,
    });
    expect((await enter(guard, knownBy("authorization", "ada", "https://b.example"))).result).toBe("pass");
    expect((await enter(guard, knownBy("authorization", "bob", "https://a.example"))).result).toBe("pass");
    release(first);
    expect((await enter(guard, knownBy("authorization", "ada", "https://a.example"))).result).toBe("pass");
  });

  it("does not count anonymous callers, nor anybody without `perUser`", async () => {
    const limited = await make({ perUser: 1 });
    const unlimited = await make({});
    for (const identity of [anonymous, anonymous, null, null]) {
      expect((await enter(limited, identity)).result).toBe("pass");
    }
    const ada = knownBy("authorization");
    expect([(await enter(unlimited, ada)).result, (await enter(unlimited, ada)).result]).toEqual([
      "pass",
      "pass",
    ]);
  });

  it("takes a token and no place for a request to the gate itself", async () => {
    const guard = await make({ total: 1, perUser: 1, handshakesPerAddress: "1/h" });
    const ada = knownBy("authorization");
    const refresh = makeHandshake({ kind: "http", ownPath: "/.sallyport/refresh" }, { identity: ada });
    expect(outcome(await shake(guard, refresh))).toBe("pass");
    for (let index = 0; index < 3; index++) expect(outcome(await admit(guard, refresh))).toBe("pass");
    // The address has spent its one token, and nobody has the one place.
    expect((await connect(guard, "192.0.2.1")).result).toBe("connectionLimit.handshakesPerAddress");
    expect((await connect(guard, "192.0.2.2")).result).toBe("pass");
    expect((await enter(guard, ada)).result).toBe("pass");
  });

  it.each([
    [{ total: 1 }, "connectionLimit.total"],
    [{ perAddress: 1 }, "connectionLimit.perAddress"],
    [{ perUser: 1 }, "connectionLimit.perUser"],
  ])("says at %j that there is no room for a connection, and takes none", async (options, code) => {
    const guard = await make(options);
    const ada = knownBy("authorization");
    const room = async (): Promise<string> =>
      outcome((await guard.room?.(makeHandshake({}, { identity: ada }))) ?? { verdict: "pass" });
    expect([await room(), await room()]).toEqual(["pass", "pass"]);
    const [opened, entered] = [await connect(guard, "192.0.2.1"), await enter(guard, ada)];
    expect(await room()).toBe(code);
    release(opened);
    release(entered);
    expect(await room()).toBe("pass");
  });

  it("counts on in observe mode", async () => {
    const guard = await make({ mode: "observe", perUser: 1 });
    const ada = knownBy("authorization");
    const first = await enter(guard, ada);
    expect((await enter(guard, ada)).result).toBe("connectionLimit.perUser");
    release(first);
    expect((await enter(guard, ada)).result).toBe("connectionLimit.perUser");
  });
});
