import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyBaseline, parseBaseline } from "../baseline.ts";
import { reportDependencies } from "../project/audit-project.ts";
import { loadAdvisories, shippedAdvisories } from "./advisories.ts";
import { auditDependencies } from "./audit-dependencies.ts";
import { MAX_LOCKFILE_BYTES } from "./load-lockfiles.ts";

const known = await loadAdvisories(shippedAdvisories);
const now = new Date("2026-12-01T00:00:00Z");
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-lockfiles-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (file: string, content: unknown): void =>
  writeFileSync(
    join(directory, file),
    typeof content === "string" ? content : JSON.stringify(content, null, 2),
  );

const npmLock = (version: string) => ({
  lockfileVersion: 3,
  packages: {
    "": { dependencies: { "socket.io": "^4" } },
    "node_modules/engine.io": { version: "6.6.13", dependencies: { ws: "~8.17.0" } },
    "node_modules/engine.io/node_modules/ws": { version },
    "node_modules/socket.io": { version: "4.8.4", dependencies: { "engine.io": "~6.6.0", tool: "1" } },
    "node_modules/tool": { version: "1.0.0", dependencies: { ws: "^6" } },
    "node_modules/tool/node_modules/ws": { version: "6.2.7", inBundle: true },
  },
});

describe("auditDependencies", () => {
  it("finds a hole by the version that is pinned, says who brings it, and how to have another", async () => {
    write("package-lock.json", npmLock("8.20.1"));
    const { findings, libraries, passed, notTested } = await auditDependencies(directory, known, now);
    expect(findings.map(({ subject, severity }) => [subject, severity])).toEqual([
      ["ws GHSA-96hv-2xvq-fx4p", "high"],
      ["ws CVE-2026-62389", "high"],
    ]);
    expect(findings.find(({ subject }) => subject === "ws GHSA-96hv-2xvq-fx4p")).toMatchObject({
      check: "vulnerable-dependency",
      group: "dependencies",
      confidence: "firm",
      place: { file: "package-lock.json", line: 15 },
      evidence: [{ lines: ["- ws 8.20.1, transitive: socket.io > engine.io > ws"] }],
      reproduce: "npm explain ws",
      remedy: {
        summary: "Update: 8.23.0 is the newest of the same major that no advisory is about.",
        // It is there in another major too, which an override of all would change.
        project: '{"overrides":{"engine.io":{"ws":"^8.23.0"}}}',
      },
      references: { advisories: ["GHSA-96hv-2xvq-fx4p", "CVE-2026-48779"] },
    });
    expect(libraries.map(({ name, version, how }) => `${name} ${version} ${how}`)).toEqual([
      "engine.io 6.6.13 transitive",
      "socket.io 4.8.4 direct",
      "ws 8.20.1 transitive",
      "ws 6.2.7 bundled",
    ]);
    expect([passed, notTested]).toEqual([[], []]);
  });

  it("tells of what several lockfiles pin in one finding, and that only its author can change what comes inside a package", async () => {
    write("yarn.lock", '# yarn lockfile v1\n\nws@~8.21.0:\n  version "8.21.0"\n');
    const bundled = npmLock("8.23.0");
    bundled.packages["node_modules/tool/node_modules/ws"].version = "6.2.4";
    write("package-lock.json", bundled);
    const both = await auditDependencies(directory, known, now);
    expect(both.findings.map(({ subject, evidence }) => [subject, evidence[0]?.lines])).toEqual([
      ["ws CVE-2026-62389", ["- ws 6.2.4, bundled: socket.io > tool > ws", "- ws 8.21.0, direct: ws"]],
    ]);
    write("yarn.lock", "# yarn lockfile v1\n");
    const [alone] = (await auditDependencies(directory, known, now)).findings;
    expect(alone?.remedy).toEqual({
      summary:
        "Update: 6.2.7 is the newest of the same major that no advisory is about, 8.23.0 the newest of all. It comes inside another package: that has to be updated.",
    });
  });

  it("passes where nothing is known, with the day of the advisories", async () => {
    write("package-lock.json", npmLock("8.23.0"));
    const { findings, passed } = await auditDependencies(directory, known, now);
    expect(findings).toEqual([]);
    expect(passed[0]?.reason).toBe("4 WebSocket libraries in package-lock.json; advisories of 2026-11-30");
  });

  it("never calls safe what was not read, or cannot be compared", async () => {
    const reasons = async (at = now): Promise<readonly string[]> => {
      const { passed, notTested } = await auditDependencies(directory, known, at);
      if (notTested.some(({ reason }) => /not JSON|larger|no lockfile/.test(reason)))
        expect(passed).toEqual([]);
      return notTested.map(({ reason }) => reason);
    };
    expect(await reasons()).toEqual([
      "there is no lockfile (npm-shrinkwrap.json, package-lock.json, pnpm-lock.yaml, yarn.lock)",
    ]);
    write("package-lock.json", "{");
    write("yarn.lock", "# yarn lockfile v1\n");
    expect(await reasons()).toEqual(["package-lock.json is not JSON"]);
    // A sparse file: it is its size that is refused.
    truncateSync(join(directory, "package-lock.json"), MAX_LOCKFILE_BYTES + 1);
    expect(await reasons()).toEqual([`package-lock.json is larger than ${MAX_LOCKFILE_BYTES} bytes`]);
    write("package-lock.json", npmLock("github:websockets/ws#abc"));
    expect(await reasons()).toEqual([
      "ws is pinned to github:websockets/ws#abc, which no advisory can be compared with",
    ]);
    write("package-lock.json", npmLock("8.23.0"));
    expect(await reasons(new Date("2027-06-01T00:00:00Z"))).toEqual([
      expect.stringContaining("the advisories are of 2026-11-30"),
    ]);
  });
});

describe("a baseline of dependencies", () => {
  it("accepts a hole whatever the version, and no other hole of the same library", async () => {
    const reportOf = async (version: string) => {
      write("package-lock.json", npmLock(version));
      return reportDependencies({ directory, advisories: known, scanner: "test", now });
    };
    const accepted = parseBaseline(JSON.stringify(await reportOf("8.21.0")));
    const marks = applyBaseline(await reportOf("8.20.0"), accepted).findings.map(
      ({ subject, accepted: why }) => [subject, why !== undefined],
    );
    expect(marks.sort()).toEqual([
      ["ws CVE-2026-62389", true],
      ["ws GHSA-58qx-3vcg-4xpx", false],
      ["ws GHSA-96hv-2xvq-fx4p", false],
    ]);
  });
});
