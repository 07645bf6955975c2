import { describe, expect, it } from "vitest";
import type { SessionsElsewhere } from "../../src/hosts/gate.ts";
import { startGateway, type TestGateway } from "./harness.ts";

/** A gate whose sessions may be another process's. */
async function gateOfSeveral(
  find: SessionsElsewhere["find"],
  route: Readonly<Record<string, unknown>> = {},
): Promise<TestGateway> {
  const gate = await startGateway({ upstream: "ws://127.0.0.1:1", route });
  const elsewhere: SessionsElsewhere = { find, refresh: () => Promise.resolve(null) };
  Object.assign(gate.gateway.gate, { elsewhere });
  return gate;
}

function refresh({ url }: TestGateway): Promise<Response> {
  return fetch(`${url}/.sallyport/refresh`, {
    method: "POST",
    headers: { "Sallyport-Request": "1" },
    body: JSON.stringify({ session: "nobody's", refreshSecret: "made up" }),
  });
}

describe("a refresh of a session that this process does not carry", () => {
  it("is refused where the other processes cannot be asked, and harms nobody else", async () => {
    const gate = await gateOfSeveral(() => Promise.reject(new Error("the other process has gone")));
    const answer = await refresh(gate);
    expect(answer.status).toBe(503);
    expect(await gate.seen("handshake")).toMatchObject({ code: "ticket.unavailable" });
    expect((await fetch(`${gate.url}/.sallyport/live`)).status).toBe(200);
  });

  it("asks the others no more often than one address may shake hands (CWE-770)", async () => {
    let asked = 0;
    const find = (): Promise<null> => {
      asked++;
      return Promise.resolve(null);
    };
    const gate = await gateOfSeveral(find, { connectionLimit: { handshakesPerAddress: "1/h" } });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index++) statuses.push((await refresh(gate)).status);
    expect([asked, statuses.slice(1)]).toEqual([1, [429, 429, 429]]);
  });

  it("asks nobody for an address that is banned", async () => {
    let asked = 0;
    const gate = await gateOfSeveral(() => {
      asked++;
      return Promise.resolve(null);
    });
    gate.bans.add("127.0.0.1", { reason: "a test", until: null });
    expect((await refresh(gate)).status).toBe(403);
    expect(asked).toBe(0);
  });
});
