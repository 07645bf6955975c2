import { join } from "node:path";
import { cvssOfSeverity } from "../cvss-of-severity.ts";
import { memberOf, textOf } from "../dependencies/record-of.ts";
import { printable } from "../printable.ts";
import { problemOf } from "../problem-of.ts";
import type { Finding, Remark } from "../report.ts";
import type { Severity } from "../severity.ts";
import { findFiles } from "./find-files.ts";
import { commandOf, packageFolder } from "./resolve-tool.ts";
import { runTool } from "./run-tool.ts";

/** A route of a policy, and what its guards do: `off`, `observe` or `enforce`, by their names. */
export interface CheckedRoute {
  readonly policy: string;
  readonly route: string;
  readonly guards: ReadonlyMap<string, string>;
}

/** What came of a project's policies. */
export interface PolicyAudit {
  readonly findings: readonly Finding[];
  readonly passed: readonly Remark[];
  readonly notTested: readonly Remark[];
  readonly notApplicable: readonly Remark[];
  /** Those that were checked, by their paths. */
  readonly policies: readonly string[];
  /** Of those that hold. */
  readonly routes: readonly CheckedRoute[];
}

const NAMES = new Set(["sallyport.yaml", "sallyport.yml"]);
/** The most policies that are checked. */
const MAX_POLICIES = 50;
const TITLE = "The policy of the gate";

/** Checks every `sallyport.yaml` of a project with the command `sallyport check`, of the project's own gate or one beside the scanner. */
export async function checkPolicies(directory: string, node: string): Promise<PolicyAudit> {
  const found = await findFiles(directory, (name) => NAMES.has(name));
  const nothing = { findings: [], passed: [], notTested: [], notApplicable: [], policies: [], routes: [] };
  if (found.length === 0)
    return { ...nothing, notApplicable: [remark("policy-problem", "the project has no sallyport.yaml")] };
  const folder = packageFolder(directory, "sallyport");
  const command = folder === null ? null : commandOf(folder, "sallyport");
  if (command === null)
    return {
      ...nothing,
      notTested: [remark("policy-problem", "the gate is not installed: npm install sallyport")],
    };
  const files = found.slice(0, MAX_POLICIES);
  const checked = await Promise.all(files.map((file) => checkPolicy({ command, file, directory, node })));
  const rest = found.length - files.length;
  const notTested = [
    ...checked.flatMap(({ problem }) => (problem === null ? [] : [remark("policy-problem", problem)])),
    ...(rest === 0 ? [] : [remark("policy-problem", `${rest} more policies: ${MAX_POLICIES} are the most`)]),
  ];
  const findings = checked.flatMap((each) => each.findings);
  return {
    findings,
    passed:
      findings.length === 0 && notTested.length === 0 ? [remark("policy-problem", files.join(", "))] : [],
    notTested,
    notApplicable: [],
    policies: checked.filter(({ isRead }) => isRead).map(({ file }) => file),
    routes: checked.flatMap((each) => each.routes),
  };
}

interface Checked {
  readonly file: string;
  readonly findings: readonly Finding[];
  readonly routes: readonly CheckedRoute[];
  readonly isRead: boolean;
  /** Why it was not checked, or not whole. */
  readonly problem: string | null;
}

interface PolicyFile {
  readonly command: string;
  readonly file: string;
  readonly directory: string;
  readonly node: string;
}

async function checkPolicy({ command, file, directory, node }: PolicyFile): Promise<Checked> {
  const failed = (why: string): Checked => ({
    file,
    isRead: false,
    findings: [],
    routes: [],
    problem: `${file}: ${printable(why)}`,
  });
  try {
    const { out, err } = await runTool([command, "check", "--json", join(directory, file)], {
      node,
      directory: ".",
    });
    if (!out.startsWith("{")) return failed(err.trim() === "" ? "sallyport check said nothing" : err.trim());
    const said: unknown = JSON.parse(out);
    const listed = (name: string): readonly unknown[] => {
      const value = memberOf(said, name);
      return Array.isArray(value) ? value : [];
    };
    // What cannot be reached from here may be where the gate runs: it is no fault of the policy.
    const isAway = (problem: unknown): boolean => memberOf(problem, "unreachable") === true;
    const away = listed("problems").find(isAway);
    const routes = listed("routes").map((route) => routeOf(file, route));
    return {
      file,
      isRead: true,
      problem:
        away === undefined
          ? null
          : `${file}: ${printable(textOf(away, "found") ?? "something that it points to cannot be reached")}`,
      routes,
      findings: [
        ...listed("problems")
          .filter((problem) => !isAway(problem))
          .map((problem) => problemFinding(file, problem, "policy-problem")),
        ...listed("warnings").map((problem) => problemFinding(file, problem, "policy-warning")),
        ...routes.flatMap(observing),
      ],
    };
  } catch (error) {
    return failed(problemOf(error));
  }
}

function routeOf(policy: string, said: unknown): CheckedRoute {
  const guards = memberOf(said, "guards");
  return {
    policy,
    route: textOf(said, "route") ?? "",
    guards: new Map(
      (Array.isArray(guards) ? guards : []).map((guard: unknown) => [
        textOf(guard, "guard") ?? "",
        textOf(guard, "mode") ?? "enforce",
      ]),
    ),
  };
}

function problemFinding(file: string, said: unknown, check: "policy-problem" | "policy-warning"): Finding {
  const path = textOf(said, "path") ?? "";
  const line = memberOf(said, "line");
  const words = [textOf(said, "found"), textOf(said, "expected")]
    .filter((each) => each !== undefined && each !== "")
    .join("; expected: ");
  return {
    ...shape(check, check === "policy-problem" ? "medium" : "low", file),
    title:
      check === "policy-problem" ? "The gate would not start with this policy" : "The policy has a warning",
    detail: printable(`${path}: ${words}`, 1000),
    evidence: [{ about: file, lines: [`- ${printable(path)}`] }],
    remedy: { summary: printable(textOf(said, "mend") ?? "sallyport check says what is expected.") },
    subject: `${file} ${path}`,
    place: { file, line: typeof line === "number" ? line : 1 },
  };
}

/** Guards of a route that only watch: nothing is refused by them. */
function observing({ policy, route, guards }: CheckedRoute): readonly Finding[] {
  return [...guards]
    .filter(([, mode]) => mode === "observe")
    .map(([guard]) => ({
      ...shape("policy-observes", "low", policy),
      title: "A guard observes, and refuses nothing",
      detail: printable(`${guard} of the route ${route} has mode: observe: what it would refuse passes.`),
      evidence: [{ about: policy, lines: [`- ${printable(`${route}: ${guard}`)}`] }],
      remedy: {
        summary: "Enforce it, once what it reported was looked at.",
        sallyport: `${guard}: { mode: enforce }`,
      },
      subject: `${policy} ${route} ${guard}`,
      place: { file: policy, line: 1 },
    }));
}

function shape(
  check: string,
  severity: Severity,
  file: string,
): Pick<Finding, "check" | "group" | "severity" | "cvss" | "confidence" | "reproduce" | "references"> {
  return {
    check,
    group: "configuration",
    severity,
    cvss: cvssOfSeverity(severity),
    confidence: "certain",
    reproduce: `sallyport check ${printable(file)}`,
    references: { cwe: [1188] },
  };
}

function remark(check: string, reason: string): Remark {
  return { check, group: "configuration", title: TITLE, reason: printable(reason) };
}
