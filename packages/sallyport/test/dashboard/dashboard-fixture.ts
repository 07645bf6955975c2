import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import type { AdminEvent, SallyportEvent } from "../../src/events.ts";
import { openAdmin, type Admin, type AdminOptions } from "../../src/hosts/admin.ts";
import type { AdminGate } from "../../src/hosts/admin/admin-gate.ts";
import { noTotals } from "../../src/hosts/dashboard/gate-totals.ts";
import { nothingDone } from "../../src/hosts/watch-order.ts";
import type { AdminConfig, AdminRole } from "../../src/policy/admin-options.ts";
import { createMemoryState } from "../../src/state/memory-state.ts";
import type { WatchedGate } from "../cli/watched-gate.ts";
import { emptyDesk } from "../empty-desk.ts";

/** What was answered. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The text as JSON, where it is that. */
  readonly body: unknown;
  /** `name=value` of the cookie that was set. */
  readonly cookie: string;
}

/** How something is asked for. */
export interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The cookie that is sent. */
  readonly cookie?: string;
}

/** An admin address on loopback, with a token for each role and a built page of three files. */
export interface OpenDashboard {
  readonly url: string;
  readonly host: string;
  readonly admin: Admin;
  readonly config: AdminConfig;
  readonly directory: string;
  readonly events: readonly SallyportEvent[];
  readonly records: () => AdminEvent[];
  /** Asks as any program does. */
  readonly ask: (call: string, asking?: Asking) => Promise<Answer>;
  /** Asks as the dashboard's own page does. */
  readonly asPage: (call: string, asking?: Asking) => Promise<Answer>;
  /** Signs in; answers the session's cookie. */
  readonly signIn: (role: AdminRole) => Promise<string>;
}

/** One token for each role. */
export const TOKENS: Readonly<Record<AdminRole, string>> = {
  admin: "a".repeat(32),
  investigator: "i".repeat(32),
  operator: "o".repeat(32),
  viewer: "v".repeat(32),
};

/** A gate that knows nothing. */
export function idleGate(own: Partial<AdminGate> = {}): AdminGate {
  const { bans, revocations } = createMemoryState();
  return {
    bans,
    revocations,
    desk: emptyDesk,
    live: { totals: () => noTotals, lookAtEvents: () => () => {}, reloadProblem: () => null },
    metricsText: async () => ({ contentType: "text/plain", body: "up 1\n" }),
    engine: () => null,
    findIncident: () => null,
    listIncidents: () => [],
    demandRefresh: async () => nothingDone,
    closeBanned: () => 0,
    problems: () => [],
    watch: {
      warnings: () => [],
      status: () => ({ mode: "off", detectors: [], warnings: [] }),
      list: () => ({ findings: [], kept: 0, next: null }),
      undo: async () => null,
    },
    connections: () => 0,
    listSessions: () => ({ sessions: [], matching: 0 }),
    closeSessions: async () => ({ count: 1, unanswered: [] }),
    policy: () => null,
    reload: async () => ({ ok: true, version: "b", kept: 0, closed: 0 }),
    drain: () => {},
    ...own,
  };
}

/** A gate that carries connections, as the admin address works on it. */
export function gateOf({ gate, state }: Pick<WatchedGate, "gate" | "state">): AdminGate {
  return {
    ...state,
    desk: emptyDesk,
    watch: gate.watch,
    live: {
      totals: () => gate.totals(),
      lookAtEvents: (taker) => gate.lookAtEvents(taker),
      reloadProblem: () => null,
    },
    metricsText: () => gate.metricsText(),
    engine: () => gate.engine(),
    findIncident: (incident) => gate.findIncident(incident),
    listIncidents: (query) => gate.listIncidents(query),
    demandRefresh: async () => nothingDone,
    closeBanned: () => gate.closeBanned(),
    problems: () => gate.problems(),
    connections: () => gate.connections(),
    listSessions: (query) => gate.listSessions(query),
    closeSessions: async (filter, why) => ({
      count: await gate.closeSessions(filter, why),
      unanswered: [],
    }),
    policy: () => gate.policy(),
    reload: async () => ({ ok: false, problems: ["not here"] }),
    drain: () => {},
  };
}

async function writeFiles(directory: string): Promise<void> {
  for (const [name, token] of Object.entries(TOKENS))
    await writeFile(join(directory, `${name}.token`), `${token}\n`);
  await mkdir(join(directory, "page/assets"), { recursive: true });
  await writeFile(join(directory, "page/index.html"), "<!doctype html><title>index</title>");
  await writeFile(join(directory, "page/assets/index-abcd1234.js"), "export const n = 1;\n".repeat(100));
  await writeFile(join(directory, "page/assets/plain.css"), "p{}");
}

/** Opens it. Closed when the test ends. @param page a folder with a page, in place of the three files */
export async function openDashboard({
  config: own = {},
  gate = idleGate(),
  page,
  ...more
}: {
  readonly config?: Partial<AdminConfig>;
  readonly gate?: AdminGate;
  readonly page?: URL | undefined;
} & Pick<AdminOptions, "now" | "maxConnections" | "silentMs" | "readPace"> = {}): Promise<OpenDashboard> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-dashboard-"));
  await writeFiles(directory);
  const events: SallyportEvent[] = [];
  const config: AdminConfig = {
    host: "127.0.0.1",
    port: 0,
    tokenFile: join(directory, "admin.token"),
    tokens: (["investigator", "operator", "viewer"] as const).map((role) => ({
      name: role,
      role,
      tokenFile: join(directory, `${role}.token`),
    })),
    url: null,
    oidc: null,
    ...own,
  };
  const admin = await openAdmin({
    config,
    gate,
    version: "1.2.3",
    emit: (event) => void events.push(event),
    dashboardDirectory: page ?? pathToFileURL(`${join(directory, "page")}/`),
    ...more,
  });
  onTestFinished(async () => {
    admin.close();
    await rm(directory, { recursive: true });
  });
  const url = admin.url.replace("0.0.0.0", "127.0.0.1");
  const { host } = new URL(url);
  const ask = (call: string, asking?: Asking): Promise<Answer> => askFor(url, call, asking);
  const asPage = (call: string, { headers = {}, ...rest }: Asking = {}): Promise<Answer> =>
    ask(call, {
      ...rest,
      headers: {
        Origin: url,
        "Sec-Fetch-Site": "same-origin",
        "Sallyport-Request": "1",
        ...headers,
      },
    });
  return {
    url,
    host,
    admin,
    config,
    directory,
    events,
    records: () => events.filter((event) => event.type === "admin"),
    ask,
    asPage,
    signIn: async (role) =>
      (await asPage("POST /dashboard/session", { body: { token: TOKENS[role] } })).cookie,
  };
}

async function askFor(url: string, call: string, asking: Asking = {}): Promise<Answer> {
  const [method = "", path = ""] = call.split(" ", 2);
  const { headers = {}, body, cookie } = asking;
  const asked = request(`${url}${path}`, {
    method,
    agent: false,
    path,
    headers: { ...(cookie === undefined ? {} : { Cookie: cookie }), ...headers },
  });
  asked.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once("response", resolve);
    asked.once("error", reject);
  });
  const content = await text(response);
  const isJson = response.headers["content-type"] === "application/json";
  return {
    status: response.statusCode,
    headers: response.headers,
    text: content,
    body: isJson ? (JSON.parse(content) as unknown) : null,
    cookie: response.headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? "",
  };
}
