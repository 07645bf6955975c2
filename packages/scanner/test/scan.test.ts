import type { Server } from "socket.io";
import { describe, expect, it } from "vitest";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { acceptsForeignOrigin } from "../src/checks/origin/accepts-foreign-origin.ts";
import { builtInFormats } from "../src/formats/built-in-formats.ts";
import { severities } from "../src/severity.ts";
import { scanScene, scanUrl } from "./scan-scene.ts";
import { startSocketIo } from "./start-socket-io.ts";
import { startNaive } from "./start-naive.ts";
import { allowOrigins, isOwnOrigin, startWs } from "./start-ws.ts";

const reasons = (remarks: readonly { readonly reason: string }[]): string[] => [
  ...new Set(remarks.map(({ reason }) => reason)),
];

/** Servers that no scan should trust. */
const alwaysBusy = () => startNaive({ answer: () => "HTTP/1.1 503 No\r\nRetry-After: 60\r\n\r\n" });
const flooding = () =>
  startNaive({
    onOpen({ send }) {
      for (let count = 0; count < 40; count += 1) send({ opcode: "binary", payload: Buffer.alloc(262_144) });
    },
  });
const floodingStrangers = () =>
  startNaive({
    onOpen({ request, send }) {
      if (!request.includes("Origin: http://127.0.0.1:"))
        for (let count = 0; count < 40; count += 1)
          send({ opcode: "binary", payload: Buffer.alloc(262_144) });
    },
  });
const deaf = () => startNaive({ onFrame: () => true });
const hostile = () =>
  startWs({
    refuse: allowOrigins(isOwnOrigin),
    onConnection: (socket) => socket.close(1008, "\u001b[2J<script>"),
  });

describe("runScan", () => {
  it("of a server without any limit finds what it says, the worst first", async () => {
    const report = await scanScene({ start: () => startWs() }, builtInChecks);
    expect(report.findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["accepts-foreign-origin", "large-message-limit", "echoes-unknown-subprotocol"]),
    );
    const ranks = report.findings.map(({ severity }) => severities.indexOf(severity));
    expect(ranks).toEqual(ranks.toSorted((one, other) => other - one));
    expect(report.endedEarly).toBeNull();
  });

  it("says of a target that refuses everybody that nothing was tested", async () => {
    const report = await scanScene({ start: () => startWs({ refuse: () => 401 }) }, [acceptsForeignOrigin]);
    expect(report).toMatchObject({ isReached: true, control: { isUsable: false }, findings: [], passed: [] });
    expect(reasons(report.notTested)).toEqual([
      "there is no normal connection to compare with: refused with 401",
    ]);
  });

  it("says of a target that is not there that nothing was tested", async () => {
    const report = await scanUrl("ws://127.0.0.1:1/", builtInChecks);
    expect(report).toMatchObject({ isReached: false, findings: [], passed: [] });
    expect(report.notTested).toHaveLength(builtInChecks.length);
  });

  it("does not take the refusals of a target for safe that stopped admitting anybody", async () => {
    let connections = 0;
    const start = () => startWs({ refuse: () => ((connections += 1) > 1 ? 403 : null) });
    const report = await scanScene({ start }, [acceptsForeignOrigin]);
    expect(report).toMatchObject({ findings: [], passed: [] });
    expect(report.endedEarly).toContain("no longer admitted after accepts-foreign-origin: refused with 403");
  });

  it("waits for a target that is busy, and gives up on one that stays so", async () => {
    let turns = 0;
    const busyOnce = () =>
      startNaive({
        answer: () => ((turns += 1) === 1 ? "HTTP/1.1 429 Slow\r\nRetry-After: 0.01\r\n\r\n" : undefined),
      });
    expect((await scanScene({ start: busyOnce }, [acceptsForeignOrigin])).findings).toHaveLength(1);
    expect(reasons((await scanScene({ start: alwaysBusy }, [acceptsForeignOrigin])).notTested)).toEqual([
      "there is no normal connection to compare with: the target limits handshakes: refused with 503",
    ]);
  });

  it("survives a target that floods, and one that says nothing", async () => {
    expect((await scanScene({ start: flooding }, [acceptsForeignOrigin])).passed).toEqual([]);
    expect((await scanScene({ start: deaf }, [acceptsForeignOrigin])).findings[0]?.confidence).toBe("firm");
  });

  it("does not take an end for the target's that this side made, because too much came", async () => {
    const { passed, notTested } = await scanScene({ start: floodingStrangers }, [acceptsForeignOrigin]);
    expect(passed).toEqual([]);
    expect(reasons(notTested)).toEqual([expect.stringContaining("the target sends more than is read")]);
  });

  it("says the messages of --message one after the other: Socket.IO closes on an event before its namespace is connected", async () => {
    const report = await scanScene(
      { start: () => startSocketIo({}, tellWhoAsks), settings: { messages: ["40", '42["who"]'] } },
      builtInChecks.filter(({ id }) => id === "sends-secrets"),
    );
    expect(report.findings.map(({ check }) => check)).toEqual(["sends-secrets"]);
  });

  it("uses the origin of a program where pages of the endpoint's own origin are refused", async () => {
    const refuse = allowOrigins((origin) => origin === undefined);
    expect(
      (await scanScene({ start: () => startWs({ refuse }) }, [acceptsForeignOrigin])).control.origin,
    ).toBeNull();
  });

  it("tells no secret and no escape sequence of the target in any format", async () => {
    const settings = { credentials: [["Cookie", "sid=open-sesame"] as const] };
    const report = await scanScene({ start: hostile, settings }, builtInChecks);
    for (const format of builtInFormats) {
      const rendered = format.render(report, { colour: false });
      expect(rendered).not.toContain("open-sesame");
      expect(rendered).not.toContain("\u001b");
    }
  });
});

/** A Socket.IO server that tells whoever asks. */
function tellWhoAsks(io: Server): void {
  io.on("connection", (socket) => socket.on("who", () => socket.emit("me", "-----BEGIN PRIVATE KEY-----")));
}
