import { expect, onTestFinished } from "vitest";
import type { Check } from "../src/check.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { finishScan } from "../src/cli/finish-scan.ts";
import { builtInFormats } from "../src/formats/built-in-formats.ts";
import type { Report, ScanReport } from "../src/report.ts";
import type { ScanSettings } from "../src/scan-settings.ts";
import { scanUrl } from "./scan-scene.ts";
import type { SpecimenServer } from "./specimen.ts";

/** Some of each kind: those that need a normal connection, those that do not, and those that measure. */
export const badTargetChecks: readonly Check[] = builtInChecks.filter(({ id }) =>
  [
    "certificate-untrusted",
    "no-hsts",
    "accepts-unknown-version",
    "discloses-in-refusal",
    "discloses-version",
    "accepts-foreign-origin",
    "accepts-null-origin",
    "trusts-identity-header",
    "weak-session-cookie",
    "accepts-unmasked-frame",
    "no-message-size-limit",
    "slow-subprotocol-parsing",
    "sends-secrets",
    "graphql-allows-introspection",
  ].includes(id),
);
/** What may be told of a target that only ever answers with a status. */
export const BY_STATUS: readonly string[] = [
  "discloses-in-refusal",
  "discloses-version",
  "slow-subprotocol-parsing",
];
/** Those that never answer are not waited for: that nothing comes is no matter of how fast the machine is. */
export const IMPATIENT: Partial<ScanSettings> = { patienceMs: 50, handshakeMs: 120 };

/** What a scan of a target comes to that lets nobody in. */
export interface Expected {
  readonly problem: RegExp;
  readonly code?: number;
  /** Checks that could tell all the same. */
  readonly passes?: readonly string[];
}

/** Scans, writes the report in every format, and answers it with the exit code. */
export async function scanned(
  server: SpecimenServer,
  settings: Partial<ScanSettings> = {},
  checks: readonly Check[] = badTargetChecks,
): Promise<{ readonly report: ScanReport; readonly codes: readonly number[]; readonly texts: string[] }> {
  onTestFinished(() => server.close());
  const report = await scanUrl(server.url, checks, settings);
  return { report, ...(await written(report)) };
}

/** Writes a report in every format: all tell of each check that was not tested. */
export async function written(
  report: Report,
): Promise<{ readonly codes: number[]; readonly texts: string[] }> {
  const texts: string[] = [];
  const terminal = {
    out: (text: string) => void texts.push(text),
    err: () => undefined,
    colour: false,
    isWatched: false,
  };
  const codes: number[] = [];
  for (const { name } of builtInFormats)
    codes.push(await finishScan(report, { format: name, failOn: "low" }, terminal));
  const untested = report.notTested.map(({ check }) => check);
  // Where none could be tried the text counts those that have one reason, and names none.
  const tells = (text: string): boolean =>
    / \d+ checks: /.test(text) || untested.every((check) => text.includes(check));
  expect(texts.filter((text) => !tells(text))).toEqual([]);
  return { codes: [...new Set(codes)], texts };
}

/** Every check is accounted for, what was not tested says why, and nothing passed that was not tested. */
export function expectNothingSafe(report: ScanReport, { problem, passes = [] }: Expected): void {
  expect(report.control).toMatchObject({ isUsable: false, problem: expect.stringMatching(problem) });
  expect(report.findings).toEqual([]);
  const { passed, notTested, notApplicable } = report;
  expect(passed.length + notTested.length + notApplicable.length).toBe(badTargetChecks.length);
  expect(notTested.filter(({ reason }) => reason === "")).toEqual([]);
  expect(passed.map(({ check }) => check).filter((check) => !passes.includes(check))).toEqual([]);
}
