import { describe, expect, it } from "vitest";
import { startApplication, startGateway } from "../../sallyport/test/gateway/harness.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { scanUrl } from "./scan-scene.ts";

const own = "https://app.example.com";

/** What is not tested of a gate on loopback that knows everybody. */
const UNKNOWN = ["no-authentication"];

describe("a scan of the gate", () => {
  it("finds nothing, with its defaults and one origin", async () => {
    const { url } = await startApplication();
    const { wsUrl } = await startGateway({
      upstream: url,
      route: { origin: { allow: [own] }, connectionLimit: { handshakesPerAddress: "2000/s" } },
    });
    const { findings, notTested } = await scanUrl(wsUrl, builtInChecks, { origin: own });
    expect(findings).toEqual([]);
    expect(notTested.map(({ check }) => check)).toEqual(UNKNOWN);
  });

  it.for([
    ["origin", { origin: { mode: "observe", allow: [own] } }, ["accepts-foreign-origin"]],
    ["messageRate", { messageRate: { mode: "observe" } }, ["no-message-rate-limit"]],
  ] as const)("finds what %s stops, where it only observes", async ([, guard, expected]) => {
    const { url } = await startApplication();
    const { wsUrl } = await startGateway({
      upstream: url,
      route: { origin: { allow: [own] }, connectionLimit: { handshakesPerAddress: "2000/s" }, ...guard },
    });
    const { findings } = await scanUrl(wsUrl, builtInChecks, { origin: own });
    expect(findings.map(({ check }) => check)).toEqual(expected);
  });
});
