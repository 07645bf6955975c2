import { networkInterfaces } from "node:os";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { acceptsForeignOrigin } from "../src/checks/origin/accepts-foreign-origin.ts";
import { builtInFormats } from "../src/formats/built-in-formats.ts";
import { firstListening } from "../src/probe/find-address.ts";
import { opcodes } from "../src/probe/frame.ts";
import type { ScanReport } from "../src/report.ts";
import type { ScanSettings } from "../src/scan-settings.ts";
import {
  badTargetChecks,
  BY_STATUS,
  type Expected,
  expectNothingSafe,
  IMPATIENT,
  scanned,
} from "./bad-target.ts";
import { startBlocked } from "./blocked-listener.ts";
import { runMain } from "./run-main.ts";
import { scanUrl } from "./scan-scene.ts";
import type { SpecimenServer } from "./specimen.ts";
import { localCertificate, startTls } from "./start-tls.ts";
import { rightHead, startNaive } from "./start-naive.ts";
import { flood, type RawBehaviour, startRaw, switching } from "./start-raw.ts";
import { startWs } from "./start-ws.ts";

/** Those of which a few connections say all: a flood takes its time on each. */
const FEW = badTargetChecks.filter(({ id }) =>
  ["discloses-version", "accepts-foreign-origin", "accepts-unmasked-frame", "sends-secrets"].includes(id),
);
/** What may be told of what came, where a flood had not come so far that no normal connection was seen. */
const BY_WHAT_CAME = ["weak-session-cookie", "sends-secrets"];
const FAR_TOO_MUCH = 32 * 1024 * 1024;

/** Those that do answer a handshake, and nothing after it. */
const SOON_SILENT: Partial<ScanSettings> = { patienceMs: 50, handshakeMs: 2000 };

const answer = (text: string): RawBehaviour => ({ onRequest: (socket) => void socket.end(text) });
const open = (then: (socket: Socket) => void): RawBehaviour => ({
  onRequest(socket, request) {
    socket.write(switching(request));
    then(socket);
  },
});
const tls = (server: SpecimenServer): SpecimenServer => ({
  ...server,
  url: server.url.replace("ws:", "wss:"),
});
const reset = (socket: Socket): void => void socket.resetAndDestroy();
const frames = (hex: string): Buffer => Buffer.from(hex.repeat(32_768), "hex");
const IN_TIME = /^(?:no connection: )?(?:no connection within|not answered in time)/;
const ENDED = /^no connection: |ended without an answer|accepted, and ended at once/;

/** The formats in which something of the target acts: controls, but for the line feeds of the report's own, and markup in what is read as such. */
function actingIn(texts: readonly string[]): readonly string[] {
  return builtInFormats.flatMap(({ name }, at) => {
    const text = texts[at] ?? "";
    const isMarkup = (name === "html" || name === "junit") && text.includes("<script>");
    const acts = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text.replaceAll("\n", ""));
    return text === "" || isMarkup || acts ? [name] : [];
  });
}

describe("a target that hangs", () => {
  it.for<[string, () => Promise<SpecimenServer>, Expected]>([
    ["at connect", startBlocked, { problem: IN_TIME, code: 3 }],
    ["at TLS", async () => tls(await startRaw({})), { problem: IN_TIME, code: 3 }],
    ["at the headers", () => startRaw({}), { problem: IN_TIME, code: 3 }],
    [
      "after half a header",
      () => startRaw({ onRequest: (socket) => void socket.write("HTTP/1.1 101 Swi") }),
      { problem: IN_TIME, code: 3 },
    ],
  ])("%s", async ([, start, expected]) => {
    const { report, codes } = await scanned(await start(), IMPATIENT);
    expectNothingSafe(report, expected);
    expect([report.isReached, codes]).toEqual([false, [expected.code]]);
  });

  it("after the 101: nothing passes by its silence, and what is found is for somebody's eyes", async () => {
    const { report, codes } = await scanned(await startRaw(open(() => undefined)), SOON_SILENT);
    const silent = new Set(["accepts-unmasked-frame", "sends-secrets", "no-message-size-limit"]);
    expect(report.passed.filter(({ check }) => silent.has(check))).toEqual([]);
    expect(report.findings.map(({ check, confidence }) => [check, confidence])).toEqual(
      expect.arrayContaining([["no-message-size-limit", "tentative"]]),
    );
    expect(codes).toEqual([1]);
  });
});

describe("a target that resets, redirects or is something else", () => {
  it.for<[string, () => Promise<SpecimenServer>, Expected]>([
    [
      "resets at connect",
      () => startRaw({ onConnect: reset }),
      { problem: /^no connection: |ended without an answer/, code: 3 },
    ],
    [
      "resets at TLS",
      async () => tls(await startRaw({ onRequest: reset })),
      { problem: /^no conn/, code: 3 },
    ],
    ["resets at the headers", () => startRaw({ onRequest: reset }), { problem: ENDED, code: 3 }],
    ["ends without a byte", () => startRaw(answer("")), { problem: ENDED, code: 3 }],
    [
      "says what is not HTTP",
      () => startRaw(answer("SSH-2.0-OpenSSH\r\n")),
      { problem: /not HTTP/, code: 3 },
    ],
    ["says half a status", () => startRaw(answer("HTTP/1.1 1")), { problem: ENDED, code: 3 }],
    [
      "speaks no TLS at a wss: URL",
      async () => tls(await startWs()),
      { problem: /^no connection: /, code: 3 },
    ],
    [
      "answers TLS with an alert (handshake_failure)",
      async () =>
        tls(await startRaw({ onRequest: (socket) => void socket.end(Buffer.from("15030300020228", "hex")) })),
      { problem: /^no connection: .*handshake failure/i, code: 3 },
    ],
    [
      "asks for another place, and for itself, for ever",
      () => startRaw(answer("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")),
      { problem: /^refused with 302$/, code: 0, passes: BY_STATUS },
    ],
    [
      "is a page",
      () => startRaw(answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")),
      { problem: /^refused with 200$/, code: 0, passes: BY_STATUS },
    ],
  ])("%s", async ([, start, expected]) => {
    const { report, codes } = await scanned(await start());
    expectNothingSafe(report, expected);
    expect([report.isReached, codes]).toEqual([expected.code === 0, [expected.code]]);
  });

  it("resets after the 101", async () => {
    const { report } = await scanned(await startRaw(open(reset)));
    expect(report.findings).toEqual([]);
    expect(report.passed.filter(({ check }) => !BY_STATUS.includes(check))).toEqual([]);
  });

  it("leads to another host, where nobody is asked", async () => {
    let asked = 0;
    const other = await startRaw({ onConnect: () => void (asked += 1) });
    onTestFinished(() => other.close());
    const elsewhere = `HTTP/1.1 307 Temporary\r\nLocation: ${other.url}\r\nContent-Length: 0\r\n\r\n`;
    const { report } = await scanned(await startRaw(answer(elsewhere)));
    expectNothingSafe(report, { problem: /^refused with 307$/, passes: BY_STATUS });
    expect(asked).toBe(0);
  });

  it("is scanned behind a certificate of nobody's all the same, and only the certificate is found", async () => {
    const { cert, key } = await localCertificate();
    const { report } = await scanned(await startTls({ tls: { cert, key } }));
    expect(report.control.isUsable).toBe(true);
    expect(report.findings.map(({ check }) => check)).toContain("certificate-untrusted");
  });
});

describe("a target that sends without end", () => {
  const letters = Buffer.alloc(65_536, "a");
  const token = Buffer.concat([Buffer.from("817e4000", "hex"), Buffer.from("eyJ-".repeat(4096))]);
  it.for<[string, RawBehaviour]>([
    [
      "headers",
      {
        onRequest(socket) {
          socket.write("HTTP/1.1 200 OK\r\n");
          flood(socket, Buffer.from("X-More: and more\r\n".repeat(4096)));
        },
      },
    ],
    [
      "a body",
      {
        onRequest(socket) {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          flood(socket, letters);
        },
      },
    ],
    [
      "one frame",
      open((socket) => {
        socket.write(Buffer.from("827f7fffffffffffffff", "hex"));
        flood(socket, letters);
      }),
    ],
    ["frames of nothing", open((socket) => flood(socket, frames("8100")))],
    ["close frames", open((socket) => flood(socket, frames("8800")))],
    ["garbage", open((socket) => flood(socket, Buffer.alloc(65_536, 0xff)))],
    ["beginnings of tokens, which are masked", open((socket) => flood(socket, token))],
  ])("%s", async ([, behaviour]) => {
    const server = await startRaw(behaviour);
    const { report, codes } = await scanned(server, {}, FEW);
    expect(
      report.passed.map(({ check }) => check).filter((id) => ![...BY_STATUS, ...BY_WHAT_CAME].includes(id)),
    ).toEqual([]);
    expect(codes).toHaveLength(1);
    expect(server.mostSent()).toBeGreaterThan(0);
    expect(server.mostSent()).toBeLessThan(FAR_TOO_MUCH);
  });
});

describe("a target that goes down in mid-scan", () => {
  it("and stays so: what came after is not tested, and the code is 3", async () => {
    const server = await startRaw({
      onRequest(socket, request) {
        if (!request.includes("Version: 99")) return void socket.write(switching(request));
        return server.die();
      },
    });
    const { report, codes } = await scanned(server, SOON_SILENT);
    expect(report.endedEarly).toMatch(/^a normal connection was no longer admitted after /);
    expect(report.endedEarly).toContain(
      "(did its process end? `--destructive --group crash` says what ends it",
    );
    expect(report).toMatchObject({ isReached: true, isLost: true, passed: [] });
    expect(report.findings.length > 0 ? [1] : [3]).toEqual(codes);
  });

  it("and comes back at once: what it refused meanwhile is tried again", async () => {
    const sockets = new Set<Socket>();
    let isFirst = true;
    const server = await startNaive({
      onOpen: ({ socket }) => void sockets.add(socket),
      answer(request) {
        if (!isFirst || !request.includes("sallyport-scan.invalid")) return undefined;
        isFirst = false;
        for (const socket of sockets) socket.resetAndDestroy();
        return "";
      },
    });
    onTestFinished(() => server.close());
    const report = await scanUrl(server.url, [acceptsForeignOrigin]);
    expect(report.findings.map(({ check }) => check)).toEqual(["accepts-foreign-origin"]);
    expect(report.endedEarly).toBeNull();
  });
});

describe("a target whose name leads nowhere, or to one of two addresses", () => {
  /** A label is 63 bytes at most (RFC 1035 2.3.4): no resolver is asked for it. */
  const NOWHERE = `ws://${"a".repeat(64)}.invalid/`;

  it.for(builtInFormats.map(({ name }) => name))("has a report all the same, as %s", async (format) => {
    const { code, out, err } = await runMain("--format", format, NOWHERE);
    expect([code, err]).toEqual([3, ""]);
    expect(out).toContain("no connection: ");
  });

  it("says of every check that it was not tested", async () => {
    const { out } = await runMain("--format", "json", NOWHERE.replace("ws:", "http:"));
    const report: ScanReport = JSON.parse(out);
    expect(report).toMatchObject({ isReached: false, address: "", connections: 0, findings: [], passed: [] });
    expect(report.notTested).toHaveLength(builtInChecks.length);
  });

  it("is taken at the address at which something listens", async () => {
    const { url, close } = await startRaw({});
    onTestFinished(close);
    const port = Number(new URL(url).port);
    expect(await firstListening(["127.0.0.2", "127.0.0.1"], port)).toBe("127.0.0.1");
    expect(await firstListening(["127.0.0.2", "127.0.0.3"], port)).toBe("127.0.0.2");
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((each) =>
    each?.some(({ address }) => address === "::1"),
  );
  it.skipIf(!hasIpv6)("is scanned by IPv6", async () => {
    const { report } = await scanned(
      await startRaw(
        open(() => undefined),
        { host: "::1" },
      ),
      SOON_SILENT,
    );
    expect(report).toMatchObject({ address: "::1", isReached: true });
    expect(report.control.origin).toMatch(/^http:\/\/\[::1\]:\d+$/);
  });
});

describe("a target that says what acts on terminals and in pages", () => {
  const ACTS = "\u001b[2J\u001b]0;owned\u0007\r\u202e\u009b31m\u2028<script>alert(1)</script>]]>";

  it("in headers, subprotocols, messages and close reasons", async () => {
    const latin = Buffer.from(ACTS.replaceAll(/[\r\u202e\u2028]/g, ""), "latin1").toString("latin1");
    const server = await startNaive({
      head: (_, accept) => [
        ...rightHead(accept),
        `Server: hostile/1.0 ${latin}`,
        `Sec-WebSocket-Protocol: ${latin}`,
        `Set-Cookie: sid=1; ${latin}`,
      ],
      onOpen: ({ send }) => send({ opcode: "text", payload: `AKIAABCDEFGHIJKLMNOP ${ACTS}` }),
      onFrame({ opcode }, { send, socket }) {
        if (opcode !== opcodes.text) return false;
        send({ opcode: "close", payload: Buffer.concat([Buffer.from([3, 240]), Buffer.from(ACTS)]) });
        return socket.end() !== null;
      },
    });
    const { report, texts } = await scanned(server);
    expect(report.findings.length).toBeGreaterThan(2);
    expect(actingIn(texts)).toEqual([]);
  });

  it("in a status and in an answer that is no 101", async () => {
    const head = `HTTP/1.1 403 ${ACTS.replaceAll(/[\r\u202e\u2028]/g, "")}`;
    const server = await startRaw(answer(`${head}\r\nContent-Length: 0\r\n\r\n`));
    const { report, texts } = await scanned(server);
    expectNothingSafe(report, {
      problem: /^refused with 403$/,
      passes: [...BY_STATUS, "trusts-identity-header"],
    });
    expect(actingIn(texts)).toEqual([]);
  });
});
