import { describe, expect, it, onTestFinished } from "vitest";
import { largeMessageLimit } from "../src/checks/limits/large-message-limit.ts";
import { sendsSecrets } from "../src/checks/messages/sends-secrets.ts";
import { opcodes } from "../src/probe/frame.ts";
import { scanUrl } from "./scan-scene.ts";
import type { SpecimenServer } from "./specimen.ts";
import { startNaive } from "./start-naive.ts";
import { startWs } from "./start-ws.ts";

/** Ends who has begun no session by then, but for the control. */
async function startImpatient(): Promise<SpecimenServer> {
  let connections = 0;
  const server = await startWs({
    onConnection(socket) {
      connections += 1;
      const ends = setTimeout(() => socket.close(4408), connections === 1 ? 60_000 : 100).unref();
      socket.once("message", () => clearTimeout(ends));
    },
  });
  onTestFinished(() => server.close());
  return server;
}

/** Begins a session in its time, and ends whoever says something before; its answers hold a key. */
async function startSlow(): Promise<SpecimenServer> {
  const begun = new WeakMap<object, boolean>();
  const server = await startNaive({
    onFrame({ opcode, payload }, { send, socket }) {
      const isBegun = begun.get(socket);
      if (opcode === opcodes.text && isBegun === undefined) {
        begun.set(socket, false);
        setTimeout(() => begun.set(socket, true), 400);
      } else if (opcode === opcodes.text) {
        if (isBegun === true) send({ opcode: "text", payload: "AKIAABCDEFGHIJKLMNOP" });
        else socket.destroy();
      } else if (opcode === opcodes.ping && isBegun === false) {
        setTimeout(() => send({ opcode: "pong", payload }), 450);
      } else return false;
      return true;
    },
  });
  onTestFinished(() => server.close());
  return server;
}

describe("a target that takes its time for a session", () => {
  it("is told the next message once it has taken the one before, however long that is", async () => {
    const { url } = await startSlow();
    const report = await scanUrl(url, [sendsSecrets], { messages: ["begin", "work"] });
    expect(report).toMatchObject({ notTested: [], findings: [{ check: "sends-secrets" }] });
  });
});

describe("a target that ends who begins no session", () => {
  const settings = { patienceMs: 500 };

  it("has its limit found behind the messages that begin one", async () => {
    const { url } = await startImpatient();
    const report = await scanUrl(url, [largeMessageLimit], { ...settings, messages: ["begin"] });
    expect(report.findings.map(({ check }) => check)).toEqual(["large-message-limit"]);
  });

  it("is not called safe for that where none was begun", async () => {
    const { url } = await startImpatient();
    const { passed, findings, notTested } = await scanUrl(url, [largeMessageLimit], settings);
    expect({ passed, findings }).toEqual({ passed: [], findings: [] });
    expect(notTested).toMatchObject([{ reason: expect.stringContaining("(4408)") }]);
  });
});
