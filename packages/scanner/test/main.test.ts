import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runMain } from "./run-main.ts";
import { startWs } from "./start-ws.ts";

const QUICK = ["--only", "accepts-foreign-origin", "--patience", "150", "--rate", "1000"];

describe("main", () => {
  it("answers 1 where something was found at or above --fail-on, and 0 below", async () => {
    const { url, close } = await startWs();
    const found = await runMain(...QUICK, "--format", "json", url);
    expect([found.code, found.err]).toEqual([1, ""]);
    expect(JSON.parse(found.out)).toMatchObject({
      findings: [
        {
          check: "accepts-foreign-origin",
          severity: "medium",
          title: expect.any(String),
          remedy: expect.any(Object),
        },
      ],
      notTested: [],
    });
    const below = await runMain(...QUICK, "--fail-on", "high", url);
    expect([below.code, below.out]).toEqual([0, expect.stringContaining("1 medium; 0 passed, 0 not tested")]);
    await close();
  });

  it("answers 3, with a report, where the target cannot be reached", async () => {
    const { code, out } = await runMain("--format", "json", "ws://127.0.0.1:1/");
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ isReached: false, findings: [] });
  });

  it.for([
    [["ftp://127.0.0.1/"], "ftp: is not scanned"],
    [["ws://u:p@127.0.0.1/"], "a URL with a password in it is not scanned"],
    [["--only", "no-such", "ws://127.0.0.1/"], 'no check has the id "no-such"'],
    [["--group", "no-such", "ws://127.0.0.1/"], '"no-such" is none of the groups'],
    [["--header", "nothing", "ws://127.0.0.1/"], "is not of the form"],
    [["--ticket-url", "tickets", "ws://127.0.0.1/"], '--ticket-url "tickets" is not an http: or https: URL'],
    [["--token", "a\r\nb", "ws://127.0.0.1/"], "a header cannot have a line feed in it"],
    [["--rate", "0", "ws://127.0.0.1/"], "it is a number above 0"],
    [
      ["--output", "/no/such/report", "ws://127.0.0.1/"],
      "--output /no/such/report: its folder cannot be written",
    ],
    [["--destructive", "ws://192.0.2.1/"], "needs --confirm 192.0.2.1"],
    [[], "missing required argument"],
    [["--listen", "nowhere"], "is not of the form HOST:PORT"],
    [["--listen", "--client-command", "node 'x"], "a quote in"],
    [["--listen", "--only", "accepts-null-origin"], 'no check has the id "accepts-null-origin"'],
  ] as const)("answers 2 to %j", async ([args, problem]) => {
    const { code, err } = await runMain(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(problem)]);
  });

  it("shows what would be sent, and sends nothing", async () => {
    const { code, out } = await runMain("--plan", "ws://127.0.0.1:1/");
    expect([code, out]).toEqual([
      0,
      expect.stringContaining("accepts-foreign-origin (safe): one handshake with"),
    ]);
    expect(out).not.toContain("for a ticket, with");
    expect((await runMain("--plan", "--ticket", "ws://127.0.0.1:1/")).out).toContain(
      "one POST for a ticket, with",
    );
  });

  it("tests a client that it starts, and answers 1 where something was found", async () => {
    const program = fileURLToPath(new URL("sturdy-client.ts", import.meta.url));
    const command = `"${process.execPath}" "${program}" {url}`;
    const flags = [
      "--only",
      "client-accepts-masked-frames,client-accepts-overlong-lengths",
      "--fail-on",
      "info",
    ];
    const { code, out, err } = await runMain(
      "--listen",
      ...flags,
      "--patience",
      "150",
      "--client-command",
      command,
    );
    expect(err).toMatch(/^A hostile server listens at ws:\/\/127\.0\.0\.1:\d+\/\n$/);
    expect([code, out]).toEqual([
      1,
      expect.stringContaining("The client connects without an Origin, and stays"),
    ]);
    expect(out).toContain("1 info; 1 passed, 0 not tested");
  });

  it("shows what a client would be answered, and does not listen", async () => {
    const { code, out, err } = await runMain("--listen", "--plan");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("client-accepts-masked-frames (safe): one masked pong");
  });
});
