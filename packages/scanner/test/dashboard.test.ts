import { describe, expect, it } from "vitest";
import { openDashboard } from "../../sallyport/test/dashboard/dashboard-fixture.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { scanUrl } from "./scan-scene.ts";

/**
 * What a page or a stranger could come by, and what could be given away. What the engine does with frames, `gate.test.ts` scans; what takes a
 * quarter of a minute and more is scanned by hand: `docs/how-to/sign-in-to-the-dashboard.md`.
 */
const groups: ReadonlySet<string> = new Set(["origin", "authentication"]);
const others: ReadonlySet<string> = new Set([
  "discloses-in-refusal",
  "discloses-internals",
  "discloses-stack-traces",
  "discloses-version",
  "echoes-unknown-subprotocol",
  "no-message-size-limit",
  "selects-unoffered-subprotocol",
  "sends-secrets",
]);

describe("the dashboard's socket", () => {
  it("has no weakness that the scanner knows", async () => {
    const { url, signIn } = await openDashboard();
    const checks = builtInChecks.filter(({ id, group }) => groups.has(group) || others.has(id));
    const credentials = [["Cookie", await signIn("admin")]] as const;
    const report = await scanUrl(`${url.replace("http:", "ws:")}/dashboard/live`, checks, { credentials });
    expect(report.findings).toEqual([]);
    expect(report.passed.length).toBeGreaterThan(15);
  });
});
