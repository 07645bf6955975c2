import { describe, expect, it } from "vitest";
import type { FindingEvent } from "../events.ts";
import { Findings, MAX_FINDINGS } from "./findings.ts";

function finding(incident: string): FindingEvent {
  return {
    type: "finding",
    incident,
    detector: "handshakeScan",
    severity: "medium",
    sentence: "s",
    subject: { kind: "address", value: "192.0.2.1" },
    route: null,
    address: null,
    user: null,
    session: null,
    measured: {},
    references: [],
    answer: "alert",
    outcome: "done",
    detail: "",
  };
}

describe("Findings", () => {
  it("lists the newest first, in pages that each finding stands on once", () => {
    const findings = new Findings();
    for (let index = 1; index <= 5; index++) findings.add(finding(`i${index}`), index);
    const incidents: string[] = [];
    let before: number | null = null;
    do {
      const page = findings.list({ limit: 2, before });
      incidents.push(...page.findings.map(({ incident }) => incident));
      before = page.next;
      // What comes meanwhile stands before the first page.
      findings.add(finding(`later${incidents.length}`), 9);
    } while (before !== null);
    expect(incidents).toEqual(["i5", "i4", "i3", "i2", "i1"]);
  });

  it("remembers when one was taken back", () => {
    const findings = new Findings();
    findings.add(finding("i1"), 0);
    findings.undone("i1", 1000);
    findings.undone("unheard-of", 1000);
    expect(findings.find("i1")).toMatchObject({
      at: "1970-01-01T00:00:00.000Z",
      undoneAt: "1970-01-01T00:00:01.000Z",
    });
  });

  it("keeps a bounded number: the oldest go first", () => {
    const findings = new Findings();
    for (let index = 0; index <= MAX_FINDINGS; index++) findings.add(finding(`i${index}`), index);
    expect(findings.find("i0")).toBeNull();
    expect(findings.list({ limit: 1, before: null }).kept).toBe(MAX_FINDINGS);
  });
});
