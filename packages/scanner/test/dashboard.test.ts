import { describe, expect, it } from "vitest";
import { openDashboard } from "../../sallyport/test/dashboard/dashboard-fixture.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { scanUrl } from "./scan-scene.ts";

/** All but those that wait half a minute and more; those are run by hand: `docs/how-to/sign-in-to-the-dashboard.md`. */
const checks = builtInChecks.filter(({ isBackground = false }) => !isBackground);

const TIMEOUT_MS = 120_000;

describe("the dashboard's socket", () => {
  it(
    "has no weakness that the scanner knows, for somebody who has signed in",
    { timeout: TIMEOUT_MS },
    async () => {
      const { url, signIn, events } = await openDashboard();
      const report = await scanUrl(`${url.replace("http:", "ws:")}/dashboard/live`, checks, {
        credentials: [["Cookie", await signIn("operator")]],
        messages: ['{"type":"subscribe","topics":[]}'],
        concurrency: 8,
      });
      expect(report.findings).toEqual([]);
      // What is not tested needs what a dashboard has not: a token in a message or a URL, a logout by POST or GET, other words than its own.
      const reasons = report.notTested.map(({ reason }) => reason);
      expect(
        reasons.filter(
          (reason) => !/--(token|browser|logout-url|ticket|destructive)|ordinary message/.test(reason),
        ),
      ).toEqual([]);
      expect(report.passed.length).toBeGreaterThan(50);
      expect(events.filter((event) => event.type === "gate" && event.level === "error")).toEqual([]);
    },
  );
});
