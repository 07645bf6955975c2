import { createHash } from "node:crypto";
import { cvssScore } from "../cvss-score.ts";
import type { EndpointReport, Finding, Remark, Report } from "../report.ts";
import { severities } from "../severity.ts";
import { discoveryTable, seenByBrowser } from "./html-seen.ts";
import { exchange } from "./html-exchange.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { HTML_STYLE } from "./html-style.ts";
import { checklistHtml, projectHtml } from "./project-html.ts";
import { normalOf, subjectOf } from "./normal-of.ts";
import { referencesOf } from "./references-of.ts";
import { remediesOf } from "./remedies-of.ts";
import type { ReportFormat } from "./report-format.ts";

const STYLE_HASH = createHash("sha256").update(HTML_STYLE).digest("base64");

/**
 * The report as one page that loads nothing and runs nothing: it can be sent, kept and printed. Its policy lets a browser take its style
 * alone, whatever a target managed to have written in it.
 */
export const html: ReportFormat = {
  name: "html",
  render: (report) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${heading(report)}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<header>
<h1>${heading(report)}</h1>
<p class="soft">${escapeMarkup(report.scanner)}, <time datetime="${report.startedAt}">${report.startedAt.slice(0, 19).replace("T", " ")} UTC</time>, ${report.control === null ? "" : `${report.connections} connections `}in ${(report.durationMs / 1000).toFixed(1)} s</p>
</header>
<main>
${control(report)}
${projectHtml(report)}
${tally(report)}
${seen(report)}
${checklistHtml(report)}
${findings(report)}
${remarks("Not tested, and so not known to be safe", report.notTested, true)}
${remarks("Passed", report.passed, false)}
${remarks("Does not apply", report.notApplicable, false)}
</main>
</body>
</html>
`,
};

function heading({ project, target }: Report): string {
  return escapeMarkup(`${project === undefined ? "Scan" : "Audit"} of ${target}`);
}

function control(report: Report): string {
  const { control: normal, endedEarly, endpoints = [] } = report;
  if (normal === null) return "";
  const early =
    endedEarly === null ? "" : `\n<p class="warning">The scan ended early: ${escapeMarkup(endedEarly)}.</p>`;
  const all = endpoints.length > 0 ? endpoints : [{ ...report, control: normal }];
  return `${all.map(normalConnection).join("\n")}${early}`;
}

function normalConnection(endpoint: EndpointReport & Pick<Report, "client">): string {
  const { control: normal } = endpoint;
  const said = `${subjectOf(endpoint)}. ${normalOf(endpoint, normal)} ${normal.isUsable ? "Everything below was compared with it." : "What needs one was not tested."}`;
  return `<p>${escapeMarkup(said)}</p>\n<details><summary>The normal connection</summary>${exchange(normal.exchange)}</details>`;
}

function seen({ discovery, browser }: Report): string {
  return [
    ...(discovery === undefined ? [] : [discoveryTable(discovery)]),
    ...(browser === undefined ? [] : [seenByBrowser(browser)]),
  ].join("\n");
}

function tally({ findings: all, passed, notTested }: Report): string {
  const open = all.filter(({ accepted }) => accepted === undefined);
  const rows = severities.toReversed().map((severity) => ({
    tone: severity,
    name: severity,
    count: open.filter((each) => each.severity === severity).length,
  }));
  const others = [
    { tone: "info", name: "accepted", count: all.length - open.length },
    { tone: "good", name: "passed", count: passed.length },
    { tone: "info", name: "not tested", count: notTested.length },
  ];
  const items = [
    ...rows.filter(({ count }) => count > 0),
    ...others.filter(({ name, count }) => count > 0 || name !== "accepted"),
  ];
  return `<ul class="tally" aria-label="Counts">\n${items
    .map(
      ({ tone, name, count }) => `<li class="${tone}"><b>${count}</b><span class="tone">${name}</span></li>`,
    )
    .join("\n")}\n</ul>`;
}

function findings({ findings: all }: Report): string {
  if (all.length === 0) return "<h2>Findings</h2>\n<p>None.</p>";
  const sorted = [...all].sort(
    (one, other) => Number(one.accepted !== undefined) - Number(other.accepted !== undefined),
  );
  return `<h2>Findings</h2>\n${sorted.map((finding, at) => describe(finding, at)).join("\n")}`;
}

function describe(finding: Finding, at: number): string {
  const {
    check,
    severity,
    title,
    confidence,
    detail,
    evidence,
    remedy,
    references,
    reproduce,
    cvss,
    accepted,
    endpoint,
    subject = "",
  } = finding;
  const place =
    finding.place === undefined
      ? ""
      : `\n<p>At <code>${escapeMarkup(`${finding.place.file}:${finding.place.line}`)}</code></p>`;
  const lines = remediesOf(remedy)
    .map(({ where, code }) => `<p class="soft">${where}</p>\n<pre><code>${escapeMarkup(code)}</code></pre>`)
    .join("\n");
  const links = referencesOf(references)
    .map(
      ({ name, url }) => `<li><a href="${escapeMarkup(url)}" rel="noreferrer">${escapeMarkup(name)}</a></li>`,
    )
    .join("");
  const known = accepted === undefined ? "" : `\n<p><b>Accepted</b>: ${escapeMarkup(accepted)}.</p>`;
  return `<article class="${accepted === undefined ? severity : "info"}" id="${escapeMarkup(
    [check, subject, endpoint === undefined ? "" : `${at + 1}`]
      .join(" ")
      .trim()
      .replaceAll(/[^\w.@/-]+/g, "-"),
  )}">
<header><span class="tone">${severity}</span><h3>${escapeMarkup(title)}</h3><span class="soft">${escapeMarkup(check)}, ${confidence}</span></header>
${endpoint === undefined ? "" : `<p class="soft">At ${escapeMarkup(endpoint)}</p>\n`}<p>${escapeMarkup(detail)}</p>${place}${known}
<h4>Seen</h4>
${evidence.map(exchange).join("\n")}
<h4>To mend it</h4>
<p>${withCode(remedy.summary)}</p>
${lines}
<h4>To see it again</h4>
<pre><code>${escapeMarkup(reproduce)}</code></pre>
<h4>References</h4>
<ul>${links}<li>${escapeMarkup(cvss)} (${cvssScore(cvss).toFixed(1)})</li></ul>
</article>`;
}

/** Text of a check's own, in which code stands between backticks. */
function withCode(text: string): string {
  return escapeMarkup(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function remarks(title: string, all: readonly Remark[], isOpen: boolean): string {
  if (all.length === 0) return "";
  const byReason = Map.groupBy(all, ({ reason }) => reason);
  const items = [...byReason].map(([reason, alike]) => {
    const names = alike.map(
      ({ check, title: about, endpoint }) =>
        `<code>${escapeMarkup(check)}</code> (${escapeMarkup(endpoint === undefined ? about : `${about}; ${new URL(endpoint).pathname}`)})`,
    );
    return `<li>${names.join(", ")}${reason === "" ? "" : `: ${escapeMarkup(reason)}`}</li>`;
  });
  return `<details${isOpen ? " open" : ""}><summary>${title} (${all.length})</summary>\n<ul>\n${items.join("\n")}\n</ul></details>`;
}
