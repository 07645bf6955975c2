import type { FindingEvent } from "../../events.ts";
import { fillTemplate, type TemplateName } from "../../policy/alert-template.ts";
import type { AlertTargetPolicy } from "../../policy/output-policy.ts";
import { shorten, type Alert, type Notice } from "./alert.ts";

/** Discord takes messages of up to 2,000 characters. */
const MAX_DISCORD_CHARACTERS = 2000;

/** What is posted to a target, as JSON. */
export function alertBody(
  { format, template }: Pick<AlertTargetPolicy, "format" | "template">,
  alert: Alert,
): string {
  switch (format) {
    case "generic":
      return JSON.stringify(genericBody(alert));
    case "slack":
      // As plain text: what a peer chose, such as the name of a user, must call nobody and link nowhere.
      return JSON.stringify({
        text: textOf(alert).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
        mrkdwn: false,
        unfurl_links: false,
        unfurl_media: false,
      });
    case "discord":
      return JSON.stringify({
        content: textOf(alert)
          .replaceAll(/[\\*_~`|>[\]()#@<:-]/g, "\\$&")
          .slice(0, MAX_DISCORD_CHARACTERS),
        allowed_mentions: { parse: [] },
        // SUPPRESS_EMBEDS: nothing is fetched of a link.
        flags: 4,
      });
    case "teams":
      return JSON.stringify(teamsBody(alert));
    case "template":
      return fillTemplate(template ?? "", (name) => templateValue(name, alert));
    default:
      return format satisfies never;
  }
}

/** One line that says what it is about. */
export function titleOf({ severity, detector, count }: Alert): string {
  return `Sallyport: ${severity}, ${detector}${count > 1 ? ` (${count} findings)` : ""}`;
}

/** An alert in words, for a person. */
export function textOf(alert: Alert): string {
  const { notice, others, count, since, until, leftOut } = alert;
  const { finding, sentence } = notice;
  const done = finding === null ? "" : `${answered(finding)}Incident ${finding.incident}.`;
  const more = count - 1 - others.length;
  const lines = [
    titleOf(alert),
    sentence,
    done,
    ...(count > 1 ? [`From ${time(since)} to ${time(until)} also:`] : []),
    ...others.map((other) => `- ${other.sentence}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
    ...(leftOut > 0 ? [`${leftOut} earlier findings were left out: they could not be delivered.`] : []),
  ];
  return lines.filter((line) => line !== "").join("\n");
}

const time = (ms: number): string => new Date(ms).toISOString();

function answered({ answer, outcome, detail }: FindingEvent): string {
  const what = detail === "" ? answer : `${answer}: ${shorten(detail)}`;
  switch (outcome) {
    case "done":
      return answer === "alert" && detail === "" ? "" : `Done: ${what}. `;
    case "observe":
      return answer === "alert" ? "" : `Would have been done, and was not (observe): ${what}. `;
    case "spared":
      return `Not done, the subject is on the allow-list: ${what}. `;
    case "failed":
      return `Could not be done: ${what}. `;
    default:
      return outcome satisfies never;
  }
}

/** As Standard Webhooks write an event: its type, when, and what. */
function genericBody(alert: Alert): unknown {
  const { notice, others, detector, severity, count, since, until, leftOut } = alert;
  return {
    type: notice.finding === null ? "sallyport.gate" : "sallyport.finding",
    timestamp: time(notice.at),
    data: {
      title: titleOf(alert),
      detector,
      severity,
      count,
      since: time(since),
      until: time(until),
      ...noticeFields(notice),
      others: others.map((other) => Object.assign({ at: time(other.at) }, noticeFields(other))),
      leftOut,
    },
  };
}

function noticeFields({ sentence, severity, finding }: Notice): Record<string, unknown> {
  if (finding === null) return { sentence, severity };
  const { type: _type, detector: _detector, ...fields } = finding;
  return { ...fields, sentence, severity };
}

const run = (text: string, more: object = {}): unknown => ({
  type: "RichTextBlock",
  inlines: [{ type: "TextRun", text, ...more }],
});

/** An adaptive card; of text runs, in which nothing is markup. */
function teamsBody(alert: Alert): unknown {
  const [title = "", ...lines] = textOf(alert).split("\n");
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [run(title, { weight: "Bolder" }), ...lines.map((line) => run(line))],
        },
      },
    ],
  };
}

function templateValue(name: TemplateName, alert: Alert): string {
  const { notice, detector, severity, count, since, until, leftOut } = alert;
  const { finding, sentence } = notice;
  const values: Readonly<Record<TemplateName, string>> = {
    text: textOf(alert),
    title: titleOf(alert),
    sentence,
    detector,
    severity,
    incident: finding?.incident ?? "",
    count: String(count),
    since: time(since),
    until: time(until),
    answer: finding?.answer ?? "",
    outcome: finding?.outcome ?? "",
    detail: finding?.detail ?? "",
    subject: finding === null ? "" : `${finding.subject.kind} ${finding.subject.value}`,
    route: finding?.route ?? "",
    address: finding?.address ?? "",
    user: finding?.user ?? "",
    leftOut: String(leftOut),
  };
  return values[name];
}
