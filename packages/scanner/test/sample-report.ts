import type { Finding, ScanReport } from "../src/report.ts";

/** Text that acts where it is not made safe: markup, a fence, an end of CDATA, a quote, a separator that scripts take for a line feed. */
export const HOSTILE = `</pre><script>alert(1)</script>"'&]]>--> \`\`\` <img src=x onerror=alert(2)>`;

const finding: Finding = {
  check: "accepts-foreign-origin",
  group: "origin",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:N/A:N",
  confidence: "certain",
  title: "A page of another site may connect",
  detail: `It said ${HOSTILE}`,
  evidence: [
    {
      about: "as another site",
      lines: ["> GET /chat HTTP/1.1", `< text, 9 bytes: ${HOSTILE}`, "- it stays open"],
    },
  ],
  reproduce: "sallyport-scan --only accepts-foreign-origin 'ws://127.0.0.1:3000/chat'",
  remedy: {
    summary: "Name the origins that may connect.",
    ws: "verifyClient: ({ origin }) => allowed.has(origin)",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: {
    cwe: [1385],
    asvs: ["4.4.2"],
    rfc: ["RFC 6455 10.2"],
    advisories: ["CVE-2018-14732", "GHSA-vg6x-rcgg-rjx6"],
    cheatSheet: true,
  },
};

/** A report with something of everything. */
export const sampleReport: ScanReport = {
  version: 1,
  scanner: "sallyport-scan 0.1.0",
  target: "ws://127.0.0.1:3000/chat?token=%E2%80%A6",
  address: "127.0.0.1",
  startedAt: "2026-11-30T01:02:03.004Z",
  durationMs: 1500,
  connections: 12,
  isReached: true,
  control: {
    isUsable: true,
    problem: "",
    origin: "http://127.0.0.1:3000",
    subprotocol: null,
    roundTripMs: 0.4,
    exchange: { about: "a normal connection", lines: [`< text, 9 bytes: ${HOSTILE}`] },
  },
  findings: [
    finding,
    {
      ...finding,
      check: "no-message-rate-limit",
      group: "limits",
      severity: "low",
      cvss: "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:L",
      confidence: "firm",
      title: "Messages are not limited",
      accepted: `known ${HOSTILE}`,
    },
  ],
  passed: [{ check: "accepts-unmasked-frame", group: "frames", title: "Frames without a mask", reason: "" }],
  notTested: [
    { check: "no-authentication", group: "authentication", title: "Nobody is asked", reason: HOSTILE },
  ],
  notApplicable: [
    { check: "answers-in-plaintext", group: "transport", title: "Plaintext", reason: "it is plaintext" },
  ],
  endedEarly: null,
};
