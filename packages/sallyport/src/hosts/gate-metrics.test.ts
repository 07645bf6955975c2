import { once } from "node:events";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { connectRaw } from "../../test/gateway/raw-client.ts";
import { startApplication, startGateway } from "../../test/gateway/harness.ts";
import { createTokens } from "../../test/hosts/test-tokens.ts";
import { createMemoryState } from "../state/memory-state.ts";
import { RouteTraffic } from "./route-traffic.ts";
import { addGateMetrics, addTraffic } from "./gate-metrics.ts";

const DAY_S = 86_400;

/** Values by metric and labels. */
async function scrape(registry: Registry): Promise<ReadonlyMap<string, number>> {
  const lines = (await registry.metrics()).split("\n").filter((line) => /^\w/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

describe("addGateMetrics", () => {
  it("says what a gate is now: its connections, listeners, guards and policy", async () => {
    const [application, tokens] = [await startApplication(), await createTokens()];
    const gate = await startGateway({
      listen: { tls: "development" },
      routes: [
        { path: "/", upstream: application.url, identity: "anonymous" },
        { path: "/known", upstream: application.url, identity: tokens.identity },
      ],
    });
    const registry = new Registry();
    const state = createMemoryState();
    addGateMetrics(registry, () => gate.gateway.gate, state);
    addTraffic(registry, () => gate.gateway.gate, new RouteTraffic());
    const client = new WebSocket(gate.wsUrl, { origin: gate.url, rejectUnauthorized: false });
    await once(client, "open");
    const echoed = once(client, "message");
    client.send("four");
    await echoed;
    await connectRaw(gate.port);
    const found = await scrape(registry);
    expect(found.get('sallyport_connections_active{route="/"}')).toBe(1);
    expect(found.get('sallyport_connections_active{route="/known"}')).toBe(0);
    expect(found.get('sallyport_message_bytes_total{route="/",direction="outbound"}')).toBe(4);
    expect(found.get('sallyport_guard_ready{route="/known",guard="identity"}')).toBe(1);
    expect(found.get(`sallyport_policy_info{version="${gate.gateway.gate.policy.version}"}`)).toBe(1);
    expect(found.get("sallyport_ready")).toBe(1);
    const listener = `{listener="${gate.url}"}`;
    const endsIn =
      (found.get(`sallyport_certificate_not_after_timestamp_seconds${listener}`) ?? 0) - Date.now() / 1000;
    expect(endsIn).toBeGreaterThan(DAY_S);
    await expect.poll(async () => (await scrape(registry)).get(`sallyport_sockets_open${listener}`)).toBe(2);
    expect(found.get(`sallyport_sockets_dropped_total${listener}`)).toBe(0);
    const over = once(client, "close");
    client.close();
    await over;
    await expect
      .poll(async () => (await scrape(registry)).get('sallyport_connections_active{route="/"}'))
      .toBe(0);
  });

  it("says that there is no gate yet", async () => {
    const registry = new Registry();
    addGateMetrics(registry, () => null, createMemoryState());
    expect([...(await scrape(registry))]).toEqual([
      ["sallyport_ready", 0],
      ["sallyport_bans_active", 0],
      ["sallyport_revocations_active", 0],
    ]);
  });
});
