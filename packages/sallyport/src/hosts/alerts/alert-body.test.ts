import { describe, expect, it } from "vitest";
import { Webhook } from "standardwebhooks";
import type { FindingEvent } from "../../events.ts";
import { noticeOf, type Alert, type Notice } from "./alert.ts";
import { alertBody, textOf } from "./alert-body.ts";
import { webhookHeaders } from "./webhook-headers.ts";

const event: FindingEvent = {
  type: "finding",
  incident: "k3n0",
  detector: "tokenSharing",
  severity: "high",
  sentence: 'one token of <!channel> @everyone [x](https://evil.example) "was" used from 2 places',
  subject: { kind: "user", value: "ada" },
  route: "/chat",
  address: null,
  user: "ada",
  session: null,
  measured: { places: 2 },
  references: ["ATT&CK T1550.001"],
  answer: "close",
  outcome: "done",
  detail: "2 connections were closed",
};
const at = Date.UTC(2026, 10, 30, 12);

function notice(more: Partial<FindingEvent> = {}): Notice {
  const made = noticeOf({ ...event, ...more }, at);
  if (made === null) throw new Error("unreachable");
  return made;
}

function alert(more: Partial<Alert> = {}): Alert {
  const first = notice();
  return {
    detector: "tokenSharing",
    severity: "high",
    notice: first,
    count: 1,
    since: at,
    until: at,
    others: [],
    leftOut: 0,
    ...more,
  };
}
const bodyOf = (format: "generic" | "slack" | "discord" | "teams", made = alert()): unknown =>
  JSON.parse(alertBody({ format, template: null }, made));

describe("noticeOf", () => {
  it("is of findings, and of what the gate itself could not do", () => {
    expect(notice()).toMatchObject({ detector: "tokenSharing", severity: "high", finding: event });
    const gate = { type: "gate", level: "error", message: "worker lost" } as const;
    expect(noticeOf(gate, at)).toMatchObject({ detector: "gate", sentence: "worker lost", finding: null });
    expect(noticeOf({ ...gate, detail: "2" }, at)?.sentence).toBe("worker lost: 2");
    expect(noticeOf({ ...gate, level: "warn" }, at)).toBeNull();
    expect(
      noticeOf({ type: "refresh", session: "s", route: "/", address: "::1", user: null, until: null }, at),
    ).toBeNull();
  });

  it("keeps a thousand characters of a sentence", () => {
    expect(notice({ sentence: "x".repeat(5000) }).sentence).toHaveLength(1001);
  });
});

describe("alertBody", () => {
  it("is an event of its own JSON with every number (Standard Webhooks 1.0)", () => {
    const others = [notice({ incident: "k3n1" })];
    const made = alert({ count: 7, others, until: at + 1000, leftOut: 3 });
    expect(bodyOf("generic", made)).toEqual({
      type: "sallyport.finding",
      timestamp: "2026-11-30T12:00:00.000Z",
      data: expect.objectContaining({
        title: "Sallyport: high, tokenSharing (7 findings)",
        incident: "k3n0",
        count: 7,
        leftOut: 3,
        measured: { places: 2 },
        subject: { kind: "user", value: "ada" },
        until: "2026-11-30T12:00:01.000Z",
        others: [expect.objectContaining({ incident: "k3n1", at: "2026-11-30T12:00:00.000Z" })],
      }),
    });
  });

  it("is plain text to Slack, in which nothing calls anybody", () => {
    expect(bodyOf("slack")).toMatchObject({
      text: expect.stringContaining("one token of &lt;!channel&gt; @everyone"),
      mrkdwn: false,
    });
  });

  it("is text without markup or mentions to Discord, and never too long", () => {
    const body = bodyOf("discord") as { content: string };
    expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(body.content).toContain(String.raw`\<!channel\> \@everyone \[x\]\(https\://evil.example\)`);
    const others = Array.from({ length: 4 }, () => notice({ sentence: "y".repeat(900) }));
    expect(
      (bodyOf("discord", alert({ others, count: 5 })) as typeof body).content.length,
    ).toBeLessThanOrEqual(2000);
  });

  it("is a card of text runs to Teams", () => {
    const card = JSON.stringify(bodyOf("teams"));
    expect(card).toContain('"type":"AdaptiveCard"');
    expect(card).toContain("[x](https://evil.example)");
    expect(card).not.toContain('"TextBlock"');
  });

  it("is what a template says, whatever its values hold", () => {
    const template =
      '{"a":"{{severity}} {{ subject }}: {{sentence}}","b":["{{user}}","{{address}}","{{count}}","{{leftOut}}"]}';
    expect(JSON.parse(alertBody({ format: "template", template }, alert()))).toEqual({
      a: `high user ada: ${event.sentence}`,
      b: ["ada", "", "1", "0"],
    });
  });

  it("fills in every name of a template, of a finding and of what is none", () => {
    const template = `{"t":"{{text}}{{title}}{{detector}}{{incident}}{{since}}{{until}}{{answer}}{{outcome}}{{detail}}{{route}}"}`;
    const gate = noticeOf({ type: "gate", level: "error", message: "worker lost" }, at);
    for (const made of [alert(), alert({ notice: gate ?? notice() })])
      expect(alertBody({ format: "template", template }, made)).not.toContain("{{");
  });
});

describe("textOf", () => {
  it("says what was done", () => {
    expect(textOf(alert())).toContain("Done: close: 2 connections were closed. Incident k3n0.");
  });

  it.each([
    ["observe", "close", "Would have been done, and was not (observe): close: 2 connections were closed."],
    ["spared", "ban", "Not done, the subject is on the allow-list: ban: 2 connections were closed."],
    ["failed", "ban", "Could not be done: ban: 2 connections were closed."],
  ] as const)("says of %s what was not", (outcome, answer, text) => {
    expect(textOf(alert({ notice: notice({ outcome, answer }) }))).toContain(text);
  });

  it("says nothing of an alert that asks for no more", () => {
    for (const outcome of ["done", "observe"] as const)
      expect(textOf(alert({ notice: notice({ outcome, answer: "alert", detail: "" }) }))).toContain(
        "\nIncident k3n0.",
      );
    expect(textOf(alert({ notice: notice({ answer: "ban", detail: "" }) }))).toContain("Done: ban.");
  });

  it("says how many more there are, and what was left out", () => {
    const text = textOf(alert({ count: 9, others: [notice()], leftOut: 4 }));
    expect(text).toContain("From 2026-11-30T12:00:00.000Z to 2026-11-30T12:00:00.000Z also:\n- one token");
    expect(text).toContain("- and 7 more\n4 earlier findings were left out");
  });
});

describe("webhookHeaders", () => {
  const body = alertBody({ format: "generic", template: null }, alert());
  const secret = Buffer.alloc(32, 7);
  const now = Date.now();

  it("signs what the library of Standard Webhooks verifies, and no other body", () => {
    const verifier = new Webhook(`whsec_${secret.toString("base64")}`);
    const headers = webhookHeaders({ secret, headers: [] }, { id: "msg_1", now, body });
    expect(verifier.verify(body, headers)).toMatchObject({ type: "sallyport.finding" });
    expect(() => verifier.verify(body.replace("ada", "bob"), headers)).toThrow("signature");
    expect(() => verifier.verify(body, { ...headers, "webhook-id": "msg_2" })).toThrow("signature");
  });

  it("signs nothing without a key, and sends the headers of the file", () => {
    const headers = webhookHeaders(
      { secret: null, headers: [["authorization", "Bearer x"]] },
      { id: "1", now, body },
    );
    expect(headers).toMatchObject({ authorization: "Bearer x", "content-type": "application/json" });
    expect(headers).not.toHaveProperty("webhook-signature");
  });
});
