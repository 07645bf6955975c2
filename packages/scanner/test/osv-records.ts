/** A record as OSV publishes it, of a package of npm. */
export const osvRecord = {
  schema_version: "1.7.0",
  id: "GHSA-aaaa-bbbb-cccc",
  aliases: ["CVE-2027-1000"],
  modified: "2027-01-15T10:00:00Z",
  published: "2027-01-10T10:00:00Z",
  summary: "ws falls over\nsecond line",
  details: "…",
  severity: [
    { type: "CVSS_V4", score: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N" },
    { type: "CVSS_V3", score: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" },
  ],
  affected: [
    {
      package: { ecosystem: "npm", name: "ws", purl: "pkg:npm/ws" },
      ranges: [
        {
          type: "SEMVER",
          events: [{ introduced: "0" }, { fixed: "7.6.0" }, { introduced: "8.0.0" }, { fixed: "8.24.0" }],
        },
        { type: "GIT", repo: "https://example.com/ws", events: [{ introduced: "0" }] },
      ],
    },
    {
      package: { ecosystem: "npm", name: "undici" },
      ranges: [{ type: "SEMVER", events: [{ introduced: "9.0" }, { last_affected: "9.1.2" }] }],
    },
    { package: { ecosystem: "RubyGems", name: "ws" }, ranges: [] },
    { package: { ecosystem: "npm", name: "left-pad" }, versions: ["1.0.0"] },
  ],
  database_specific: { severity: "MODERATE", cwe_ids: ["CWE-400"] },
} as const;
