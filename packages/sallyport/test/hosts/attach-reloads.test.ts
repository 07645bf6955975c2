import { describe, expect, it } from "vitest";
import { guardServer, openClient, openRoute, wsApplication } from "./guarded-server.ts";
import { createTokens } from "./test-tokens.ts";

describe("Attached.reload", () => {
  it("leaves that policy in force which was asked for last, however long the one before takes to read", async () => {
    const { identity } = await createTokens();
    const guarded = await guardServer("attach", wsApplication().server);
    // The first reads a file; the second reads none, and would be there before it.
    await Promise.all([guarded.reload([{ ...openRoute, identity }]), guarded.reload([openRoute])]);
    expect((await openClient(guarded.wsUrl)).readyState).toBe(1);
  });

  it("goes on after a policy that is wrong", async () => {
    const guarded = await guardServer("attach", wsApplication().server);
    const wrong = guarded.reload([{ ...openRoute, messageSize: { inbound: "a lot" } }]);
    const right = guarded.reload([openRoute]);
    await expect(wrong).rejects.toThrow("a lot");
    expect(await right).toMatchObject({ kept: 0, closed: 0 });
  });
});
