import type { ScanReport } from "../src/report.ts";
import type { ClientCheck } from "../src/reverse/client-check.ts";
import { type ClientSettings, defaultClientSettings } from "../src/reverse/client-settings.ts";
import { runClientScan } from "../src/reverse/run-client-scan.ts";
import type { StartClient } from "../src/reverse/client-process.ts";
import type { ClientLoop } from "./naive-client.ts";

/** A client of which a check is proven. */
export interface ClientScene {
  readonly client: ClientLoop;
  readonly settings?: Partial<ClientSettings>;
}

/** Little patience where somebody answers at once. What goes on waiting is waited for by `silenceMs`. */
const quickClientSettings: ClientSettings = {
  ...defaultClientSettings,
  patienceMs: 150,
  idleMs: 400,
  waitMs: 20_000,
  firstWaitMs: 20_000,
};

/** Tests the client of a scene by some checks. */
export async function testClient(
  { client, settings = {} }: ClientScene,
  checks: readonly ClientCheck[],
): Promise<ScanReport> {
  const running: ReturnType<ClientLoop>[] = [];
  try {
    return await runClientScan({
      address: { host: "127.0.0.1", port: 0 },
      checks,
      scanner: "test",
      start: null,
      settings: { ...quickClientSettings, ...settings },
      onProgress(progress) {
        if (progress.kind === "listening") running.push(client(progress.url));
      },
    });
  } finally {
    for (const { end } of running) end();
  }
}

/** Tests a client that is started for each connection. */
export function testProcess(
  start: StartClient,
  checks: readonly ClientCheck[],
  settings: Partial<ClientSettings> = {},
): Promise<ScanReport> {
  return runClientScan({
    address: { host: "127.0.0.1", port: 0 },
    checks,
    scanner: "test",
    start,
    settings: { ...quickClientSettings, ...settings },
  });
}
