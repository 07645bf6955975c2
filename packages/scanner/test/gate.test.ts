import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AttachRouteInput } from "../../sallyport/src/policy/attach-config.ts";
import { builtInGuards } from "../../sallyport/src/policy/built-in-guards.ts";
import { newRevocation } from "../../sallyport/src/state/new-revocation.ts";
import { startGateway, type TestGateway } from "../../sallyport/test/gateway/harness.ts";
import { guardServer, hostNames, wsApplication } from "../../sallyport/test/hosts/guarded-server.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import type { ScanSettings } from "../src/scan-settings.ts";
import {
  guardCases,
  guarded,
  type GuardCase,
  MESSAGE_SCHEMA,
  OWN,
  SECRET,
  SECRET_FILE,
} from "./guard-cases.ts";
import { scanUrl } from "./scan-scene.ts";
import { startGraphql } from "./start-graphql.ts";
import { startJsonRpc } from "./start-json-rpc.ts";
import { startMqtt } from "./start-mqtt.ts";
import { startWeakApplication } from "./weak-application.ts";

const page = readFileSync(new URL("../../../docs/checks/guards.md", import.meta.url), "utf8");
/** Without those that wait half a minute and more: tests have no such time, and the gate's own times are longer than what they have. */
const checks = builtInChecks.filter(({ isBackground = false }) => !isBackground);
const settings = { origin: OWN, concurrency: 16 };
const TIMEOUT_MS = 240_000;
const states = ["on", "off"] as const;

const pathOf = ({ guard, application = "echo" }: GuardCase, state: string): string =>
  `/${application}/${guard}/${state}`;

/** The gate with two routes for each guard, on and off, before the applications that have the weakness. */
async function startGate(): Promise<TestGateway> {
  const base = await mkdtemp(join(tmpdir(), "sallyport-scan-"));
  onTestFinished(() => rm(base, { recursive: true }));
  await writeFile(join(base, SECRET_FILE), SECRET);
  await writeFile(join(base, "message.schema.json"), JSON.stringify(MESSAGE_SCHEMA));
  const weak = await startWeakApplication();
  const others = {
    graphql: await startGraphql(),
    "json-rpc": await startJsonRpc((rpc) => rpc.addMethod("echo", (given) => given)),
    mqtt: await startMqtt(),
  };
  for (const server of [weak, ...Object.values(others)]) onTestFinished(server.close);
  const routes = guardCases.flatMap((each) => {
    const { application = "echo", route = {}, off } = each;
    const { url } = new Map(Object.entries(others)).get(application) ?? weak;
    const on = { ...guarded, ...route, upstream: url.replace(/\/$/, "") };
    const routeOf = (state: (typeof states)[number]) => ({
      ...on,
      ...(state === "on" ? {} : off),
      path: pathOf(each, state),
    });
    return states.map(routeOf);
  });
  return startGateway({ base, routes });
}

/** Where the application ends the session of the user, and has the gate revoke it. */
async function startLogout(gate: TestGateway): Promise<URL> {
  const server = createServer((_, response) => {
    const made = newRevocation({ user: "ann", issuer: "https://id.example.com" }, Date.now());
    if (made.ok) gate.revocations.add(made.revocation);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return new URL(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`);
}

/** What a scan finds. What disturbs others, or ends something, runs where it is what the guard is for. */
async function scanCase(
  each: GuardCase,
  url: string,
  more: Partial<ScanSettings>,
): Promise<readonly string[]> {
  const { finds, waits = false } = each;
  const some = (waits ? builtInChecks : checks).filter(
    ({ id, isAlone = false, isLast = false }) => (!isAlone && !isLast) || finds.includes(id),
  );
  const { findings, endedEarly, control } = await scanUrl(url, some, {
    ...settings,
    ...each.settings,
    ...more,
  });
  expect({ endedEarly, problem: control.problem }).toEqual({ endedEarly: null, problem: "" });
  return findings.map(({ check }) => check).sort();
}

describe("a scan of the gate", () => {
  it.for(hostNames)(
    "finds nothing through %s, before an application that trusts everybody",
    { timeout: TIMEOUT_MS },
    async (host) => {
      const route = { ...guarded, path: "/", identity: "anonymous" } satisfies AttachRouteInput;
      const { wsUrl } = await guardServer(host, wsApplication().server, { routes: [route] });
      const { findings, endedEarly } = await scanUrl(wsUrl, checks, settings);
      expect({ findings, endedEarly }).toEqual({ findings: [], endedEarly: null });
    },
  );

  it(
    "finds what each guard stops where that guard is off, and nothing where it is on",
    async () => {
      const gate = await startGate();
      const logoutUrl = await startLogout(gate);
      const found: unknown[] = [];
      for (const each of guardCases) {
        const scan = (state: string): Promise<readonly string[]> =>
          scanCase(each, `${gate.wsUrl}${pathOf(each, state)}`, each.logsOut === true ? { logoutUrl } : {});
        // On first: what the log-out revokes is revoked for both.
        const on = await scan("on");
        found.push({ guard: each.guard, off: await scan("off"), on });
      }
      expect(found).toEqual(
        guardCases.map(({ guard, finds }) => ({ guard, off: [...finds].sort(), on: [] })),
      );
    },
    TIMEOUT_MS,
  );

  it("is described in the documents: each guard has its row, with the checks that it answers", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| ["));
    const told = rows.map((row) => {
      const [, guard = "", ids = ""] = row.split("|");
      return [
        guard.replace(/^ \[(\w+)\].*$/, "$1"),
        [...ids.matchAll(/\[([a-z0-9-]+)\]/g)].map(([, id = ""]) => id).sort(),
      ];
    });
    expect(told).toEqual(
      builtInGuards.map(({ name }) => [
        name,
        guardCases.flatMap(({ guard, finds }) => (guard === name ? finds : [])).sort(),
      ]),
    );
  });
});
