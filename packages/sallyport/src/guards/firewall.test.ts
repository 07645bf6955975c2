import { describe, expect, it } from "vitest";
import { makeGuard, makeHandshake, outcome, problemsOf, shake } from "../../test/handshake-fixture.ts";
import { firewall } from "./firewall.ts";
import type { Bans } from "./shared-state.ts";

async function check(options: unknown, address: string, bans?: Bans): Promise<string> {
  const guard = await makeGuard(firewall, options, bans === undefined ? {} : { bans });
  return outcome(await shake(guard, makeHandshake({ address })));
}

describe("firewall", () => {
  it("lets everybody pass without lists", async () => {
    expect(await check(undefined, "192.0.2.1")).toBe("pass");
    expect(await check({}, "not an address")).toBe("pass");
  });

  it("refuses an address of the deny list, and no other", async () => {
    expect(await check({ deny: ["192.0.2.0/24"] }, "192.0.2.1")).toBe("firewall.denied");
    expect(await check({ deny: ["192.0.2.0/24"] }, "192.0.3.1")).toBe("pass");
  });

  it("admits only members of an allow list", async () => {
    expect(await check({ allow: ["192.0.2.0/24"] }, "192.0.2.1")).toBe("pass");
    expect(await check({ allow: ["192.0.2.0/24"] }, "2001:db8::1")).toBe("firewall.denied");
  });

  it("lets deny win over allow", async () => {
    const lists = { allow: ["192.0.2.0/24"], deny: ["192.0.2.1"] };
    expect(await check(lists, "192.0.2.1")).toBe("firewall.denied");
    expect(await check(lists, "192.0.2.2")).toBe("pass");
  });

  it("meets an IPv4-mapped address with the IPv4 lists (RFC 4291 2.5.5.2)", async () => {
    expect(await check({ deny: ["192.0.2.0/24"] }, "::ffff:192.0.2.1")).toBe("firewall.denied");
  });

  it("refuses an address that cannot be read wherever a list is in force", async () => {
    expect(await check({ deny: ["192.0.2.0/24"] }, "")).toBe("firewall.denied");
    expect(await check({ allow: ["0.0.0.0/0"] }, "")).toBe("firewall.denied");
  });

  it("refuses a banned address before any list, and tells the operator why and how long", async () => {
    const asked: unknown[] = [];
    const bans: Bans = {
      find(address, wallNow) {
        asked.push([address, wallNow]);
        return { reason: "flood", until: 60_000 };
      },
    };
    const guard = await makeGuard(firewall, { allow: ["10.0.0.0/8"] }, { bans });
    expect(await shake(guard, makeHandshake({}, { wallNow: 7 }))).toEqual({
      verdict: "refuse",
      code: "firewall.banned",
      detail: '"192.0.2.1" is banned until 1970-01-01T00:01:00.000Z: "flood"',
    });
    expect(asked).toEqual([["192.0.2.1", 7]]);
  });

  it("tells of a ban without an end", async () => {
    const guard = await makeGuard(firewall, {}, { bans: { find: () => ({ reason: "abuse", until: null }) } });
    expect(await shake(guard, makeHandshake())).toMatchObject({
      detail: expect.stringContaining("without an end"),
    });
  });

  it("names the entry that decided", async () => {
    const denying = await makeGuard(firewall, { deny: ["192.0.2.0/24"] });
    const allowing = await makeGuard(firewall, { allow: ["10.0.0.0/8"] });
    expect(await shake(denying, makeHandshake())).toMatchObject({
      detail: expect.stringContaining("192.0.2.0/24"),
    });
    expect(await shake(allowing, makeHandshake())).toMatchObject({
      detail: expect.stringContaining("firewall.allow"),
    });
  });

  it("refuses empty lists and unknown options", () => {
    expect(problemsOf(firewall, { allow: [] })).toEqual([expect.stringContaining("leave the list out")]);
    expect(problemsOf(firewall, { deny: "10.0.0.0/8" })).toEqual([
      expect.stringContaining("expected a list"),
    ]);
    expect(problemsOf(firewall, { block: ["10.0.0.0/8"] })).toHaveLength(1);
  });

  it("carries its mode", async () => {
    expect((await makeGuard(firewall)).mode).toBe("enforce");
    expect((await makeGuard(firewall, { mode: "observe" })).mode).toBe("observe");
  });
});
