import { describe, expect, it } from "vitest";

import { builtInClientChecks } from "./checks/built-in-client-checks.ts";
import { builtInChecks } from "./checks/built-in-checks.ts";
import { cvssScore, severityOf } from "./cvss-score.ts";

describe("cvssScore", () => {
  // The published scores of CVE-2013-1937, CVE-2014-0160, CVE-2013-0375, CVE-2014-3566, CVE-2014-6271, CVE-2009-0658 (CVSS 3.1 examples).
  it.for([
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5],
    ["CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4],
    ["CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8],
    ["CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.8],
    ["CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:H/I:H/A:H", 9.1],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10],
    ["CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", 0],
  ] as const)("gives %s the score %d (CVSS 3.1, 7.1)", ([vector, score]) => {
    expect(cvssScore(vector)).toBe(score);
  });

  it.for([
    "",
    "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
    "CVSS:3.1/AV:N/AC:L/PR:X/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:X/C:H/I:H/A:H",
  ])("refuses %j, which is no base vector", (vector) => {
    expect(() => cvssScore(vector)).toThrow("CVSS 3.1");
  });
});

describe("severityOf", () => {
  it.for(
    [...builtInChecks, ...builtInClientChecks].map(({ id, cvss, severity }) => [id, cvss, severity] as const),
  )("gives %s, which is %s, the severity that it says: %s", ([, cvss, severity]) => {
    expect(severityOf(cvssScore(cvss))).toBe(severity);
  });

  it("knows the bounds (CVSS 3.1, 5)", () => {
    expect([0, 0.1, 3.9, 4, 6.9, 7, 8.9, 9, 10].map(severityOf)).toEqual([
      "info",
      "low",
      "low",
      "medium",
      "medium",
      "high",
      "high",
      "critical",
      "critical",
    ]);
  });
});
