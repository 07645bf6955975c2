import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSallyport, type SallyportProcess } from "../cli/sallyport-process.ts";
import { startApplication } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";

const page = { lines: ["Origin: http://app.example.com"] };

function start(to: string, options: { log?: number } = {}): SallyportProcess {
  const flags = `run --listen 127.0.0.1:0 --to ${to} --tls off --origin http://app.example.com --identity anonymous`;
  return startSallyport(flags.split(" "), options);
}

async function portOf(gate: SallyportProcess): Promise<number> {
  return Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
}

const long = "x".repeat(900);
/** Refusals of more than 1 KiB a line: more than a pipe and the MiB that waits before it can hold. */
const LINES = 2000;

/** Has the gate write long lines; answers the statuses that it gave. */
async function fillLog(port: number): Promise<ReadonlySet<number>> {
  const statuses = new Set<number>();
  const refusedRequest = upgradeRequest({ target: `/${long}`, lines: [`Origin: http://${long}.example`] });
  for (let sent = 0; sent < LINES; sent += 50)
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const peer = await connectRaw(port);
        statuses.add((await peer.send(refusedRequest).head()).status);
        peer.socket.destroy();
      }),
    );
  return statuses;
}

async function echo(peer: RawPeer): Promise<string> {
  return (await peer.frame(op.text, "still here").readFrame()).payload.toString();
}

// In `attach` the log is the application's own: it is told by `onEvent`.
describe("attacks on the log of the gateway", () => {
  it("L17: a log that nobody reads costs lines, which are counted, and nothing else", async () => {
    const application = await startApplication();
    const gate = start(application.url);
    const port = await portOf(gate);
    const peer = await openRaw(port, page);
    gate.child.stderr?.pause();
    expect(await fillLog(port)).toEqual(new Set([403, 429]));
    expect(await echo(peer)).toBe("still here");
    gate.child.stderr?.resume();
    const lost = gate.says(/^\{"level":"error".*"log lines were lost".*\}\n/m);
    const knocking = setInterval(() => void fetch(`http://127.0.0.1:${port}/`).catch(() => undefined), 100);
    const [line] = await lost.finally(() => clearInterval(knocking));
    expect(JSON.parse(line)).toMatchObject({ event: "gate", detail: expect.stringMatching(/^\d{2,}: /) });
    expect(await echo(peer)).toBe("still here");
    gate.child.kill("SIGTERM");
    expect(await peer.readClose()).toMatchObject({ code: 1012 });
    peer.socket.end();
    expect(await gate.exit()).toBe(0);
  });

  it("L17: a log that nobody reads does not keep the gate from ending", async () => {
    const application = await startApplication();
    const gate = start(application.url);
    const port = await portOf(gate);
    gate.child.stderr?.pause();
    await fillLog(port);
    const exited = once(gate.child, "exit");
    gate.child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    gate.child.stderr?.resume();
  });

  it("L17: a full disk under the log costs lines, and nothing else", async () => {
    const application = await startApplication();
    const full = openSync("/dev/full", "w");
    onTestFinished(() => closeSync(full));
    const gate = start(application.url, { log: full });
    const port = await portOf(gate);
    const peer = await openRaw(port, page);
    expect(
      (await (await connectRaw(port)).send(upgradeRequest({ lines: ["Origin: null"] })).head()).status,
    ).toBe(403);
    expect(await echo(peer)).toBe("still here");
    gate.child.kill("SIGTERM");
    expect(await peer.readClose()).toMatchObject({ code: 1012 });
    peer.socket.end();
    expect(await gate.exit()).toBe(0);
  });
});
