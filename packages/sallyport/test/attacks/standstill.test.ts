import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  startProgram,
  startSallyport,
  temporaryDirectory,
  type SallyportProcess,
} from "../cli/sallyport-process.ts";
import { startApplication } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";
import { hostsOfLibraries, type HostName } from "../hosts/guarded-server.ts";

const CLIENTS = 60;
/** Longer than two intervals, and these so long that no client is late for one on a machine that does much else. */
const STANDS_MS = 4000;
/** How long a client takes to answer a ping: so long that some pongs are on their way whenever the gate stands still. */
const ANSWERS_AFTER_MS = 400;
const SOME_PINGS_MS = 2200;

const config = (upstream: string): string => `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
routes:
  - path: /
    upstream: ${upstream}
    identity: anonymous
    heartbeat: { interval: 1s, missed: 2 }
    connectionLimit: { perAddress: 1000, handshakesPerAddress: 10000/s }
`;

/** A gate in a process of its own, and how it is made to stand still. */
interface Stoppable {
  readonly process: SallyportProcess;
  readonly port: number;
  readonly standStill: () => Promise<void>;
}

async function start(host: HostName): Promise<Stoppable> {
  const made = host === "gateway" ? await startGateway() : startApplicationWithGate();
  const port = Number((await made.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
  return { process: made, port, standStill: host === "gateway" ? () => stop(made) : () => block(port) };
}

async function startGateway(): Promise<SallyportProcess> {
  const application = await startApplication();
  const file = join(await temporaryDirectory(), "sallyport.yaml");
  await writeFile(file, config(application.url));
  return startSallyport(["run", "--config", file]);
}

function startApplicationWithGate(): SallyportProcess {
  return startProgram([fileURLToPath(new URL("blocked-application.ts", import.meta.url))]);
}

async function stop({ child }: SallyportProcess): Promise<void> {
  child.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, STANDS_MS));
  child.kill("SIGCONT");
}

async function block(port: number): Promise<void> {
  const peer = await openRaw(port);
  peer.frame(op.text, `block ${STANDS_MS}`);
  expect((await peer.readFrame(STANDS_MS * 5)).opcode).toBe(op.text);
  peer.close();
}

/** A client that answers every ping, and is slow about it. Resolves with the first text once it is over. */
async function answerPings(peer: RawPeer, state: { over: boolean }): Promise<string> {
  for (;;) {
    const { opcode, payload } = await peer.readFrame(STANDS_MS * 10);
    if (opcode === op.close) return `closed ${payload.readUInt16BE(0)}`;
    if (opcode === op.text && state.over) return payload.toString();
    if (opcode !== op.ping) continue;
    await new Promise((resolve) => setTimeout(resolve, ANSWERS_AFTER_MS));
    peer.frame(op.pong, payload);
  }
}

describe.each(hostsOfLibraries)("a process that stands still, through the host %s", (host) => {
  it("L11: kills no connection for what it did not hear meanwhile, and answers who came", async () => {
    const { process: gate, port, standStill } = await start(host);
    const peers: RawPeer[] = [];
    const state = { over: false };
    const ends: Promise<string>[] = [];
    for (let index = 0; index < CLIENTS; index++) {
      const peer = await openRaw(port);
      peers.push(peer);
      ends.push(answerPings(peer, state));
    }
    await new Promise((resolve) => setTimeout(resolve, SOME_PINGS_MS));
    const stood = standStill();
    const late = await connectRaw(port);
    const answer = late.send(upgradeRequest()).head(STANDS_MS * 5);
    await stood;
    expect([101, 503]).toContain((await answer).status);
    late.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, SOME_PINGS_MS));
    state.over = true;
    for (const peer of peers) peer.frame(op.text, "still here");
    expect(new Set(await Promise.all(ends))).toEqual(new Set(["still here"]));
    const { out, err } = gate.written();
    expect(`${out}${err}`).not.toContain("heartbeat.missed");
  });
});
