import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "../../../../examples/shared/loopback.ts";
import { newSharedGateway } from "../../src/cli/new-shared-gateway.ts";
import { configData, type WorkerOrder } from "../../src/cli/worker-order.ts";
import { startWorker } from "../../src/cli/worker-process.ts";
import { statementKeysOf } from "../../src/hosts/derived-statement-keys.ts";
import { loadConfig } from "../../src/policy/load-config.ts";
import { createMemoryState } from "../../src/state/memory-state.ts";
import { createWorkerDesk } from "../../src/state/worker-desk.ts";
import { connectRaw, upgradeRequest } from "../gateway/raw-client.ts";
import { temporaryDirectory } from "./sallyport-process.ts";

/** Where processes start slowly. */
const SLOW_MS = 180_000;

const BANNED = "127.0.0.1/32";

/** What a worker is told first, at a port of its own. */
async function orderOf(): Promise<WorkerOrder> {
  const port = await freePort(0);
  const file = join(await temporaryDirectory(), "sallyport.yaml");
  await writeFile(
    file,
    `version: 1
listen: [{ address: "127.0.0.1:${port}", tls: off }]
routes: [{ path: /, upstream: "ws://127.0.0.1:1", identity: anonymous }]
`,
  );
  const loaded = await loadConfig(file);
  if (!loaded.ok) throw new Error("the configuration has problems");
  return {
    worker: 1,
    version: "0",
    config: configData(loaded.config),
    shared: newSharedGateway([port], statementKeysOf(null)),
    bans: [{ cidr: BANNED, reason: "flood", until: null }],
    revocations: [],
    outage: { since: 0, problem: "nothing was read yet" },
    slowings: [],
  };
}

it(
  "a worker that is told of changes while it starts has what was told last: a lifted ban, the end of an outage",
  { timeout: SLOW_MS },
  async () => {
    const order = await orderOf();
    const worker = startWorker({
      desk: createWorkerDesk(createMemoryState(), () => 0),
      elsewhere: { find: async () => null, refresh: async () => null },
      relay: null,
      signals: () => {},
      events: async () => {},
      seen: () => {},
    });
    onTestFinished(async () => {
      worker.kill();
      await worker.ended;
    });
    const opened = worker.ask("open", order);
    worker.tell("unban", BANNED);
    worker.tell("outage", null);
    expect(await opened).toMatchObject({ ok: true });
    expect(await worker.ask("problems")).toEqual([]);
    const [port = 0] = order.shared.ports;
    const peer = await connectRaw(port);
    // Its guards let it pass, and the application is not there.
    expect((await peer.send(upgradeRequest({})).head()).status).toBe(502);
  },
);
