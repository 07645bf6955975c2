import { notTested, type Outcome } from "../check.ts";
import { finishReport, type Result } from "../finish-report.ts";
import { NoConnectionError, NotTestedError } from "../not-tested.ts";
import { createMasker } from "../probe/masker.ts";
import type { ListenAddress } from "../probe/listen.ts";
import { printable } from "../printable.ts";
import { problemOf } from "../problem-of.ts";
import type { ScanReport } from "../report.ts";
import type { ClientCheck } from "./client-check.ts";
import { ClientContext, ClientVisits } from "./client-context.ts";
import { type ClientControl, noClient, takeClientControl } from "./client-control.ts";
import type { StartClient } from "./client-process.ts";
import type { ClientSettings } from "./client-settings.ts";
import { HostileServer } from "./hostile-server.ts";
import { quote } from "../reproduce-command.ts";

/** What happened in a test of a client, for whoever shows its progress. */
export type ClientProgress =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "control"; readonly control: ClientControl }
  | { readonly kind: "begun"; readonly check: ClientCheck }
  | {
      readonly kind: "done";
      readonly check: ClientCheck;
      readonly outcome: Outcome;
      readonly done: number;
      readonly of: number;
    };

/** Which client is tested, by what. */
export interface ClientScanParts {
  /** Where the hostile server listens. */
  readonly address: ListenAddress;
  readonly settings: ClientSettings;
  readonly checks: readonly ClientCheck[];
  /** Name and version of the scanner, for the report. */
  readonly scanner: string;
  /** Starts a client for each connection; null: it comes by itself, again and again. */
  readonly start: StartClient | null;
  /** The command behind `start`, for the report. */
  readonly command?: string;
  readonly onProgress?: (progress: ClientProgress) => void;
}

/** How often in a row a client that is started may stay away before it is given up. */
const MOST_ABSENCES = 2;

/**
 * Tests a client: is a server to it that does one wrong thing per connection, and judges by what comes back. Rejects where the address cannot
 * be listened on, and never for what the client does.
 */
export async function runClientScan(parts: ClientScanParts): Promise<ScanReport> {
  const startedAt = new Date();
  const { settings, start } = parts;
  const server = await HostileServer.open(parts.address, settings.patienceMs);
  const visits = new ClientVisits({ server, settings, start });
  try {
    parts.onProgress?.({ kind: "listening", url: server.url });
    const control = await takeControl(visits);
    parts.onProgress?.({ kind: "control", control });
    const run = new ClientRun(parts, { visits, control });
    await run.all();
    return assemble(run, parts, { startedAt, server });
  } finally {
    await visits.stop();
    await server.close();
  }
}

async function takeControl(visits: ClientVisits): Promise<ClientControl> {
  try {
    return await takeClientControl(visits);
  } catch (error) {
    if (!(error instanceof NotTestedError)) throw error;
    return noClient(error.message);
  }
}

interface RunParts {
  readonly visits: ClientVisits;
  readonly control: ClientControl;
}

/** One test while it runs. */
class ClientRun {
  readonly results: Result<ClientCheck>[] = [];
  readonly control: ClientControl;
  endedEarly: string | null = null;
  readonly #parts: ClientScanParts;
  readonly #visits: ClientVisits;
  readonly #begun = performance.now();
  #absences = 0;

  constructor(parts: ClientScanParts, { visits, control }: RunParts) {
    this.#parts = parts;
    this.#visits = visits;
    this.control = control;
  }

  get durationMs(): number {
    return Math.round(performance.now() - this.#begun);
  }

  async all(): Promise<void> {
    const { checks, onProgress } = this.#parts;
    const { server } = this.#visits.source;
    for (const check of checks) {
      server.doing = `${this.results.length} of ${checks.length} done, now ${check.id}`;
      onProgress?.({ kind: "begun", check });
      const outcome = this.#obstacle() ?? (await this.#try(check));
      this.results.push({ check, outcome });
      onProgress?.({ kind: "done", check, outcome, done: this.results.length, of: checks.length });
    }
  }

  #obstacle(): Outcome | null {
    const { isReached, isUsable, problem } = this.control;
    const { totalMs } = this.#parts.settings;
    if (this.durationMs > totalMs) this.endedEarly ??= `the time of ${totalMs / 1000} s is used up`;
    if (this.endedEarly !== null) return notTested(this.endedEarly);
    if (!isReached) return notTested(problem);
    return isUsable ? null : notTested(`there is no normal connection to compare with: ${problem}`);
  }

  async #try(check: ClientCheck): Promise<Outcome> {
    const context = new ClientContext(this.#visits, this.control);
    try {
      const outcome = await check.run(context);
      this.#absences = 0;
      return outcome;
    } catch (error) {
      if (error instanceof NoConnectionError) this.#wasAbsent(check, error);
      if (error instanceof NotTestedError) return notTested(error.message);
      return notTested(`the check itself failed, which is a fault of the scanner: ${problemOf(error)}`);
    } finally {
      await context.end();
    }
  }

  #wasAbsent({ id }: ClientCheck, { message }: NoConnectionError): void {
    this.#absences += 1;
    const most = this.#parts.start === null ? 1 : MOST_ABSENCES;
    if (this.#absences >= most) this.endedEarly ??= `the client was gone at ${id}: ${message}`;
  }
}

function assemble(
  { results, control, endedEarly, durationMs }: ClientRun,
  { scanner, command, checks, settings }: ClientScanParts,
  { startedAt, server }: { readonly startedAt: Date; readonly server: HostileServer },
): ScanReport {
  const mask = createMasker([]);
  const started = command === undefined ? "" : ` --client-command ${quote(command)}`;
  const said = settings.message === "sallyport-scan" ? "" : ` --message ${quote(settings.message)}`;
  const shown = (text: string | null): string | null => (text === null ? null : printable(mask(text)));
  return {
    version: 1,
    scanner,
    target: server.url,
    address: control.address,
    client: { agent: shown(control.agent), command: shown(command ?? null) },
    startedAt: startedAt.toISOString(),
    durationMs,
    connections: server.visits,
    isReached: control.isReached,
    control: {
      isUsable: control.isUsable,
      problem: printable(mask(control.problem)),
      origin: shown(control.origin),
      subprotocol: shown(control.subprotocol),
      roundTripMs: Math.round(control.roundTripMs * 10) / 10,
      exchange: control.exchange,
    },
    endedEarly: shown(endedEarly),
    ...finishReport(results, checks, {
      mask,
      reproduce: ({ id }) => `sallyport-scan --listen --only ${id}${started}${said}`,
    }),
  };
}
