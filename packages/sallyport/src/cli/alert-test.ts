import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { FindingEvent } from "../events.ts";
import { noticeOf, type Alert, type Notice } from "../hosts/alerts/alert.ts";
import { alertBody } from "../hosts/alerts/alert-body.ts";
import { webhookHeaders } from "../hosts/alerts/webhook-headers.ts";
import { outgoingPost, type PostOutcome } from "../hosts/outgoing-post.ts";
import { loadConfig } from "../policy/load-config.ts";
import { compileOutputs, type AlertTargetPolicy } from "../policy/output-policy.ts";
import { formatPath, type Problem } from "../policy/problem.ts";
import { DEFAULT_CONFIG } from "../policy/run-flags.ts";
import { problemOf } from "../problem-of.ts";
import { reportProblems } from "./report-problems.ts";
import { exitCodes, paint, type Terminal } from "./terminal.ts";

/** What `alert test` takes. */
export interface AlertTestOptions {
  readonly config?: string;
  readonly json: boolean;
}

/** What came of one target. */
interface Tried {
  /** Where it is; the rest of its URL is a secret. */
  readonly target: string;
  readonly format: string;
  readonly ok: boolean;
  readonly answer: string;
}

const finding: FindingEvent = {
  type: "finding",
  incident: "test",
  detector: "test",
  severity: "low",
  sentence: "This is a test by `sallyport alert test`: nothing was noticed",
  subject: { kind: "route", value: "test" },
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

/**
 * `sallyport alert test`: sends one alert to every webhook, whatever severity and detectors it is told of, and says what came back.
 * Tries each once. Exit code 0 where all took it, 1 where one did not, 2 where there is none or the configuration is wrong.
 */
export async function alertTest({ config, json }: AlertTestOptions, terminal: Terminal): Promise<number> {
  const file = resolve(terminal.directory, config ?? DEFAULT_CONFIG);
  const loaded = await loadConfig(file);
  if (!loaded.ok) {
    reportProblems(terminal, loaded.problems, loaded.warnings);
    return exitCodes.usage;
  }
  const problems: Problem[] = [];
  const { alerts } = await compileOutputs(loaded.config, (path, cause) => {
    const found = loaded.config.mask(problemOf(cause));
    const place = { file: loaded.config.file, path: formatPath(path), ...loaded.config.locate(path) };
    problems.push({ ...place, found, expected: "", mend: "" });
  });
  if (problems.length > 0) {
    reportProblems(terminal, problems);
    return exitCodes.usage;
  }
  if (alerts.length === 0) {
    terminal.err(`error ${config ?? DEFAULT_CONFIG}: \`alerts\` names no webhook\n`);
    return exitCodes.usage;
  }
  const tried = await Promise.all(alerts.map(tryTarget));
  if (json) terminal.out(`${JSON.stringify({ targets: tried }, null, 2)}\n`);
  else for (const one of tried) terminal.out(describe(one, terminal));
  return tried.every(({ ok }) => ok) ? exitCodes.done : exitCodes.found;
}

async function tryTarget(target: AlertTargetPolicy): Promise<Tried> {
  const now = Date.now();
  const notice: Notice | null = noticeOf(finding, now);
  if (notice === null) throw new Error("a finding is to be told");
  const { detector, severity } = notice;
  const alert: Alert = {
    detector,
    severity,
    notice,
    count: 1,
    since: now,
    until: now,
    others: [],
    leftOut: 0,
  };
  const [id, body] = [`msg_${randomBytes(12).toString("hex")}`, alertBody(target, alert)];
  const { url, timeoutMs, host, format } = target;
  const outcome = await outgoingPost({
    url,
    headers: webhookHeaders(target, { id, now, body }),
    body,
    timeoutMs,
  });
  return { target: host, format, ok: outcome.kind === "taken", answer: answerOf(outcome) };
}

function answerOf(outcome: PostOutcome): string {
  if (outcome.kind === "unanswered") return outcome.why;
  const isRedirect = outcome.status >= 300 && outcome.status < 400;
  return `it answered ${outcome.status}${isRedirect ? ", a redirect: it is not followed" : ""}`;
}

function describe({ target, format, ok, answer }: Tried, terminal: Terminal): string {
  const word = ok ? paint(terminal, "green", "ok    ") : paint(terminal, "red", "failed");
  return `${word} ${target} (${format}): ${answer}\n`;
}
