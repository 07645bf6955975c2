import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { runScan } from "../src/run-scan.ts";
import { parseTargetUrl, resolveTarget } from "../src/target.ts";
import { badTargetChecks, BY_STATUS, expectNothingSafe, IMPATIENT, scanned, written } from "./bad-target.ts";
import { runMain } from "./run-main.ts";
import { quickSettings, scanUrl } from "./scan-scene.ts";
import type { SpecimenServer } from "./specimen.ts";
import { startNaive } from "./start-naive.ts";
import { startRaw, switching } from "./start-raw.ts";

/** The beginning of a message of 100 bytes (RFC 6455 5.2). */
const HALF_FRAME = Buffer.concat([Buffer.from("8164", "hex"), Buffer.from("ten bytes.")]);
/** A record of TLS that says it has a ServerHello of 122 bytes, and its first two (RFC 8446 5.1). */
const HALF_RECORD = Buffer.from("160303007a0200", "hex");
const ENDED = /accepted, and ended at once|ended without an answer|^no connection: /;

const secure = (server: SpecimenServer): SpecimenServer => ({
  ...server,
  url: server.url.replace("ws:", "wss:"),
});

describe("a target that breaks off", () => {
  it("in the middle of a frame: that is no connection, and nothing passes by it", async () => {
    const { report, codes } = await scanned(
      await startRaw({
        onRequest(socket, request) {
          socket.write(Buffer.concat([switching(request), HALF_FRAME]), () => socket.resetAndDestroy());
        },
      }),
    );
    expectNothingSafe(report, { problem: ENDED, passes: BY_STATUS });
    expect(codes).toEqual([report.isReached ? 0 : 3]);
  });

  it("in the middle of a frame, on whatever connection is no normal one: each is tested, or says why not", async () => {
    const server = await startNaive({
      onFrame({ opcode, masked }, { socket }) {
        if (opcode >= 8 && masked) return false;
        socket.write(HALF_FRAME, () => socket.resetAndDestroy());
        return true;
      },
    });
    const { report } = await scanned(server);
    expect(report.control.isUsable).toBe(true);
    expect(
      report.notTested.filter(({ reason }) => reason === "" || /fault of the scanner/.test(reason)),
    ).toEqual([]);
    const { findings, passed, notTested, notApplicable } = report;
    const told = [...findings, ...passed, ...notTested, ...notApplicable].map(({ check }) => check);
    expect(new Set(told).size).toBe(badTargetChecks.length);
  });

  it.for<[string, (socket: Socket) => void, RegExp]>([
    ["is silent", () => undefined, /^no connection: no connection within/],
    ["resets", (socket) => void socket.resetAndDestroy(), /^no connection: /],
    ["ends", (socket) => void socket.end(), /^no connection: /],
  ])("in the middle of a TLS handshake, and %s", async ([, then, problem]) => {
    const server = await startRaw({
      onRequest: (socket) => void socket.write(HALF_RECORD, () => then(socket)),
    });
    const { report, codes } = await scanned(secure(server), IMPATIENT);
    expectNothingSafe(report, { problem });
    expect([report.isReached, codes]).toEqual([false, [3]]);
  });

  it("says one byte at a time: a head that does not end is not waited for", async () => {
    const { report, codes } = await scanned(
      await startRaw({
        onRequest(socket) {
          socket.write("HTTP/1.1 101 Switching Protocols\r\nX-Slow: ");
          const timer = setInterval(() => socket.write("a"), 5);
          socket.once("close", () => clearInterval(timer));
        },
      }),
      IMPATIENT,
    );
    // A machine may be so slow that it is not even connected by then.
    expectNothingSafe(report, { problem: /^not answered in time$|^no connection: no connection within/ });
    expect(codes).toEqual([3]);
  });
});

describe("a target that comes up late", () => {
  it("is not called safe for what it was before", async () => {
    let isUp = false;
    const server = await startRaw({
      onRequest: (socket, request) =>
        void (isUp ? socket.write(switching(request)) : socket.resetAndDestroy()),
    });
    onTestFinished(() => server.close());
    const report = await runScan({
      target: await resolveTarget(parseTargetUrl(server.url)),
      checks: badTargetChecks,
      // It resets, or answers: how soon is the machine's.
      settings: { ...quickSettings, patienceMs: 50, handshakeMs: 2000 },
      scanner: "test",
      onProgress: ({ kind }) => void (isUp ||= kind === "control"),
    });
    expectNothingSafe(report, { problem: ENDED, passes: BY_STATUS });
    expect((await written(report)).codes).toEqual([3]);
  });

  it("is not called safe for what a proxy said in its place", async () => {
    const { report } = await scanned(
      await startRaw({
        onRequest: (socket) => void socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
      }),
    );
    expectNothingSafe(report, { problem: /^refused with 502$/ });
    expect(report.notTested.map(({ reason }) => reason)).toContain(
      "nothing was answered, and there is no normal connection: refused with 502",
    );
  });

  it("is taken with the origin of its own pages where it was not that which was refused", async () => {
    let asked = 0;
    const server = await startNaive({
      answer() {
        asked += 1;
        return asked === 1 ? "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n" : undefined;
      },
    });
    onTestFinished(() => server.close());
    const { control } = await scanUrl(server.url, []);
    expect(control).toMatchObject({
      isUsable: true,
      origin: server.url.replace("ws:", "http:").slice(0, -1),
    });
  });

  it("and lets nobody in with an Origin is taken without one, as ever", async () => {
    let asked = 0;
    const server = await startNaive({
      answer(request) {
        asked += 1;
        const isRefused = asked === 1 || /^origin:/im.test(request);
        return isRefused ? "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n" : undefined;
      },
    });
    onTestFinished(() => server.close());
    expect((await scanUrl(server.url, [])).control).toMatchObject({ isUsable: true, origin: null });
  });
});

describe("a target that answers nobody for a while", () => {
  const silent = [
    "trusts-identity-header",
    "accepts-foreign-origin",
    "leaves-close-unanswered",
    "no-heartbeat",
  ];

  it.concurrent.for(silent)(
    "is judged by nothing that it did not say meanwhile (%s)",
    async (id, context) => {
      // From when the check begins, on two connections: its own, and the one by which it is seen whether others are answered.
      let left = 0;
      const unanswered = new Set<Socket>();
      const server = await startNaive({
        onOpen({ socket }) {
          if (left > 0) unanswered.add(socket);
          left -= 1;
        },
        onFrame: (_, { socket }) => unanswered.has(socket),
      });
      context.onTestFinished(() => server.close());
      const report = await runScan({
        target: await resolveTarget(parseTargetUrl(server.url)),
        checks: builtInChecks.filter((check) => check.id === id),
        settings: quickSettings,
        scanner: "test",
        onProgress({ kind }) {
          if (kind === "begun") left = 2;
        },
      });
      expect([report.findings, report.passed]).toEqual([[], []]);
      expect(report.notTested).toEqual([
        expect.objectContaining({
          check: id,
          reason: "the target stopped answering, also on another connection",
        }),
      ]);
    },
  );
});

describe("a page that leads in a circle", () => {
  it("is left after a few turns, and its report says so in every format", async () => {
    let asked = 0;
    const server = await startNaive({
      answer(request) {
        asked += 1;
        const [, path = "/"] = request.split(" ", 2);
        const next = path === "/a" ? "/b" : "/a";
        return `HTTP/1.1 302 Found\r\nLocation: ${next}\r\nContent-Length: 0\r\n\r\n`;
      },
    });
    onTestFinished(() => server.close());
    const page = server.url.replace("ws:", "http:");
    const { code, out } = await runMain(
      "--only",
      "accepts-foreign-origin",
      "--rate",
      "1000",
      "--format",
      "json",
      page,
    );
    const report = JSON.parse(out);
    expect([code, report.passed, report.findings]).toEqual([0, [], []]);
    expect(report.notTested).toEqual([expect.objectContaining({ reason: expect.stringContaining("302") })]);
    expect((await written(report)).texts.filter((text) => !text.includes("refused with 302"))).toEqual([]);
    expect(asked).toBeLessThan(30);
  });
});
