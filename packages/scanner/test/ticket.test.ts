import { describe, expect, it } from "vitest";
import type { Check } from "../src/check.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { builtInFormats } from "../src/formats/built-in-formats.ts";
import type { ScanReport } from "../src/report.ts";
import type { ScanSettings } from "../src/scan-settings.ts";
import { scanUrl } from "./scan-scene.ts";
import { isKnown, startTickets, type TicketServer, type TicketSetup, withTickets } from "./start-tickets.ts";

const checksOf = (...ids: string[]): readonly Check[] => builtInChecks.filter(({ id }) => ids.includes(id));
/** Checks of every way in which a handshake is made. */
const some = checksOf(
  "accepts-foreign-origin",
  "accepts-duplicate-host",
  "accepts-request-body",
  "accepts-draft-76",
  "accepts-missing-ticket",
  "accepts-replayed-ticket",
  "echoes-unknown-subprotocol",
  "selects-unoffered-subprotocol",
  "accepts-without-subprotocol",
  "masks-its-frames",
  "no-authentication",
  "accepts-invalid-credentials",
  "slow-extension-parsing",
);

/** What they find of ws behind tickets, and would without. */
const OF_WS = ["accepts-duplicate-host", "accepts-request-body"];

interface Scanned {
  readonly report: ScanReport;
  readonly server: TicketServer;
}

async function scanTickets(
  setup: TicketSetup,
  checks: readonly Check[],
  settings: Partial<ScanSettings> = {},
): Promise<Scanned> {
  const server = await startTickets(setup);
  try {
    return { report: await scanUrl(server.url, checks, { ...withTickets, ...settings }), server };
  } finally {
    await server.close();
  }
}

const idsOf = ({ findings }: ScanReport): readonly string[] => findings.map(({ check }) => check);

describe("a scan with --ticket", () => {
  it("fetches a ticket for each handshake as the page would, and no handshake has one that another had", async () => {
    const { report, server } = await scanTickets({}, some);
    expect([report.control.problem, report.endedEarly, report.notTested]).toEqual(["", null, []]);
    expect(idsOf(report)).toEqual(OF_WS);
    const { origin } = new URL(server.url.replace("ws:", "http:"));
    expect(server.asked[0]).toMatchObject({
      url: "/.sallyport/ticket",
      body: '{"route":"/"}',
      request: { headers: { origin, "sallyport-request": "1", cookie: "sid=open-sesame" } },
    });
    const twice = server.presented.filter((ticket, at) => server.presented.indexOf(ticket) !== at);
    // That of accepts-replayed-ticket alone.
    expect(twice).toHaveLength(1);
  });

  it("counts each as a connection of the budget", async () => {
    const { report, server } = await scanTickets({}, checksOf("masks-its-frames"));
    // The control, its witness, the check, and the control again: with a ticket each.
    expect([report.connections, server.asked.length]).toEqual([8, 4]);
    const ended = await scanTickets({}, checksOf("masks-its-frames"), {
      pace: { perSecond: 1000, connections: 1, totalMs: 60_000 },
    });
    expect(ended.report.control.problem).toBe("the budget of 1 connections is used up");
  });

  it("says that nothing was tested, and why, where no ticket is given", async () => {
    const { report } = await scanTickets({ give: () => 403 }, some);
    const problem = "no ticket was given: POST /.sallyport/ticket answered 403";
    expect(report).toMatchObject({ isReached: true, control: { isUsable: false, problem }, findings: [] });
    expect(report.passed).toEqual([]);
    expect(report.notTested.map(({ reason }) => reason)).toContain(
      `there is no normal connection to compare with: ${problem}`,
    );
    expect(report.control.exchange.lines).toEqual(
      expect.arrayContaining(["> POST /.sallyport/ticket", "> Cookie: sid=[masked]", "< 403", "< no: 403"]),
    );
  });

  it.for([
    ["without the field", { write: () => ({ token: "x" }) }, "answered 200 without a usable ticket"],
    ["that is no text", { write: () => ({ ticket: 1 }) }, "answered 200 without a usable ticket"],
    [
      "that no header can have",
      { write: () => ({ ticket: "a, b" }) },
      "answered 200 without a usable ticket",
    ],
    ["that is no JSON", { write: () => undefined }, "answered 200 without a usable ticket"],
    [
      "that says that it is busy",
      { give: () => 503, headers: () => ({ "Retry-After": "60" }) },
      "answered 503",
    ],
  ] as const satisfies readonly (readonly [string, TicketSetup, string])[])(
    "does not take for a ticket an answer %s",
    async ([, setup, words]) => {
      const { report } = await scanTickets(setup, checksOf("masks-its-frames"));
      expect(report.control.problem).toBe(`no ticket was given: POST /.sallyport/ticket ${words}`);
    },
  );

  it("asks again where it is told to wait, and gives up where no more tickets come", async () => {
    let asked = 0;
    const busyOnce = {
      give: () => ((asked += 1) === 1 ? 429 : 200),
      headers: () => ({ "Retry-After": "0.01" }),
    };
    expect((await scanTickets(busyOnce, checksOf("masks-its-frames"))).report.passed).toHaveLength(1);
    asked = 0;
    const few = { give: () => ((asked += 1) > 2 ? 401 : 200) };
    const { report } = await scanTickets(few, checksOf("masks-its-frames"));
    expect(report.endedEarly).toContain(
      "no longer admitted after masks-its-frames: no ticket was given: POST /.sallyport/ticket answered 401",
    );
    expect([report.passed, report.findings]).toEqual([[], []]);
  });

  it("finds foreign pages that may fetch a ticket, and those that need none", async () => {
    const foreign = checksOf("accepts-foreign-origin");
    const anybody = await scanTickets({}, foreign);
    expect(idsOf(anybody.report)).toEqual([]);
    const readable = await scanTickets(
      {
        headers: ({ headers }) => ({
          "Access-Control-Allow-Origin": headers.origin ?? "*",
          "Access-Control-Allow-Credentials": "true",
        }),
      },
      foreign,
    );
    expect(readable.report.findings).toMatchObject([{ check: "accepts-foreign-origin", severity: "high" }]);
    const star = await scanTickets({ headers: () => ({ "Access-Control-Allow-Origin": "*" }) }, foreign);
    expect(idsOf(star.report)).toEqual([]);
    const without = await scanTickets({ admits: isKnown }, foreign);
    expect(without.report.findings).toMatchObject([{ check: "accepts-foreign-origin", severity: "high" }]);
    expect(without.report.findings[0]?.evidence[0]?.lines.join("\n")).toContain(
      "(no ticket was given: POST /.sallyport/ticket answered 200, which a page of that origin may not read)",
    );
  });

  it("finds tickets that anybody is given, and invented ones that are believed", async () => {
    const checks = checksOf("no-authentication", "accepts-invalid-credentials");
    const anybody = await scanTickets({ give: () => 200 }, checks);
    expect(idsOf(anybody.report)).toEqual(["no-authentication"]);
    const believed = await scanTickets({ believes: true }, checks);
    expect(idsOf(believed.report)).toEqual(["accepts-invalid-credentials"]);
  });

  it("goes to the tickets of other applications: another place, field and parameter", async () => {
    const desk = await startTickets();
    const setup: TicketSetup = { parameter: "nonce", write: (nonce) => ({ data: { nonce } }) };
    const own = await scanTickets(setup, some, {
      ticket: { url: null, field: "data.nonce", parameter: "nonce" },
    });
    expect([own.report.control.problem, idsOf(own.report)]).toEqual(["", OF_WS]);
    const elsewhere = await scanTickets(setup, checksOf("masks-its-frames"), {
      ticket: {
        url: new URL("/tickets", desk.url.replace("ws:", "http:")),
        field: "ticket",
        parameter: "nonce",
      },
    });
    expect(desk.asked[0]).toMatchObject({
      url: "/tickets",
      request: { headers: { host: new URL(desk.url).host } },
    });
    expect(elsewhere.server.asked).toEqual([]);
    expect(elsewhere.server.presented.length).toBeGreaterThan(0);
    await desk.close();
  });

  it("tells no ticket in any format, whatever the target does with it", async () => {
    const { report, server } = await scanTickets({ keeps: true, admits: isKnown }, some);
    expect(server.presented.length).toBeGreaterThan(10);
    expect(idsOf(report)).toContain("accepts-missing-ticket");
    for (const format of builtInFormats) {
      const rendered = format.render(report, { colour: false });
      for (const ticket of server.presented) expect(rendered).not.toContain(ticket);
      expect(rendered).toContain("--ticket");
    }
  });
});
