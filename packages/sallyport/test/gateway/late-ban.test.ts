import { describe, expect, it } from "vitest";
import { startApplication, startGateway } from "./harness.ts";
import { connectRaw, openRaw, upgradeRequest } from "./raw-client.ts";

describe("a ban", () => {
  it("refuses the handshake that was at the application when it came, and ends what was open", async () => {
    const asked = Promise.withResolvers<(result: boolean) => void>();
    let handshakes = 0;
    const application = await startApplication(undefined, {
      verifyClient: (_, answer: (result: boolean) => void) => {
        handshakes += 1;
        if (handshakes === 1) answer(true);
        else asked.resolve(answer);
      },
    });
    const gate = await startGateway({ upstream: application.url });
    const open = await openRaw(gate.port);
    const late = await connectRaw(gate.port);
    late.send(upgradeRequest());
    const answer = await asked.promise;
    gate.bans.add("127.0.0.1", { reason: "test", until: null });
    expect(gate.gateway.closeBanned(gate.bans)).toBe(1);
    expect(await open.readClose()).toMatchObject({ code: 4529 });
    answer(true);
    expect((await late.head()).status).toBe(403);
    expect(gate.gateway.gate.sessions.size).toBeLessThan(2);
    expect(await gate.seen("handshake")).toMatchObject({ code: "firewall.banned", verdict: "refuse" });
  });
});
