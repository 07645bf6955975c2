import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AttachRouteInput } from "../../sallyport/src/policy/attach-config.ts";
import { builtInGuards } from "../../sallyport/src/policy/built-in-guards.ts";
import { newRevocation, type RevocationInput } from "../../sallyport/src/state/new-revocation.ts";
import { startGateway, type TestGateway } from "../../sallyport/test/gateway/harness.ts";
import {
  guardServer,
  type GuardedServer,
  type HostName,
  hostNames,
  wsApplication,
} from "../../sallyport/test/hosts/guarded-server.ts";
import type { Check } from "../src/check.ts";
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
import { createWeakApplication, startWeakApplication } from "./weak-application.ts";

const page = readFileSync(new URL("../../../docs/checks/guards.md", import.meta.url), "utf8");
/** Without those that wait half a minute and more: tests have no such time, and the gate's own times are longer than what they have. */
const checks = builtInChecks.filter(({ isBackground = false }) => !isBackground);
const settings = { origin: OWN, concurrency: 16 };
const TIMEOUT_MS = 240_000;
const states = ["on", "off"] as const;

const pathOf = ({ guard, application = "echo" }: GuardCase, state: string): string =>
  `/${application}/${guard}/${state}`;

async function makeDirectory(): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), "sallyport-scan-"));
  onTestFinished(() => rm(base, { recursive: true }));
  await writeFile(join(base, SECRET_FILE), SECRET);
  await writeFile(join(base, "message.schema.json"), JSON.stringify(MESSAGE_SCHEMA));
  return base;
}

/** The guard's route, on or off, before an application that is elsewhere or in the same process. */
function routeOf(each: GuardCase, state: (typeof states)[number]): AttachRouteInput & { path: string } {
  return {
    ...guarded,
    ...each.route,
    ...(state === "on" ? {} : each.off),
    path: pathOf(each, state),
  };
}

/** A gate in the process of an application that has the weaknesses, with two routes for each of these guards. */
async function guardWeak(host: HostName, cases: readonly GuardCase[]): Promise<GuardedServer> {
  const { server } = createWeakApplication();
  const routes = cases.flatMap((each) => states.map((state) => routeOf(each, state)));
  return guardServer(host, server, { directory: await makeDirectory(), routes });
}

/** The gate with two routes for each guard, on and off, before the applications that have the weakness. */
async function startGate(): Promise<TestGateway> {
  const base = await makeDirectory();
  const weak = await startWeakApplication();
  const dialects = {
    // That it ends who begins no session in time is not what differs between two handshakes, however slow they are.
    graphql: await startGraphql({ connectionInitWaitTimeout: 120_000 }),
    "json-rpc": await startJsonRpc((rpc) => rpc.addMethod("echo", (given) => given)),
    mqtt: await startMqtt(),
  };
  for (const server of [weak, ...Object.values(dialects)]) onTestFinished(server.close);
  const routes = guardCases.flatMap((each) => {
    const { url } = new Map(Object.entries(dialects)).get(each.application ?? "echo") ?? weak;
    const upstream = url.replace(/\/$/, "");
    return states.map((state) => Object.assign({ upstream }, routeOf(each, state)));
  });
  return startGateway({ base, routes });
}

/** Where the application ends the session of the user, and has the gate revoke it. */
async function startLogout(revoke: (input: RevocationInput) => void): Promise<URL> {
  const server = createServer((_, response) => {
    revoke({ user: "ann", issuer: "https://id.example.com" });
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return new URL(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`);
}

interface CaseScan {
  readonly url: string;
  readonly some: readonly Check[];
  readonly more: Partial<ScanSettings>;
}

/** The checks that are to find something. */
const concerned = ({ finds }: GuardCase): readonly Check[] =>
  builtInChecks.filter(({ id }) => finds.includes(id));

/** All that do not disturb each other or end something, and those that are to find something. */
const others = ({ finds, waits = false }: GuardCase): readonly Check[] =>
  (waits ? builtInChecks : checks).filter(
    ({ id, isAlone = false, isLast = false }) => (!isAlone && !isLast) || finds.includes(id),
  );

/** What a scan finds. */
async function scanCase(each: GuardCase, { url, some, more }: CaseScan): Promise<readonly string[]> {
  const { findings, endedEarly, control } = await scanUrl(url, some, {
    ...settings,
    ...each.settings,
    ...more,
  });
  expect({ endedEarly, problem: control.problem }).toEqual({ endedEarly: null, problem: "" });
  return findings.map(({ check }) => check).sort();
}

interface CasesScan {
  readonly wsUrl: string;
  readonly logoutUrl: URL;
  /** The checks where the guard is off; where it is on, those that are about it. */
  readonly someOf: (each: GuardCase) => readonly Check[];
}

interface FoundOfGuard {
  readonly guard: string;
  readonly off: readonly string[];
  readonly on: readonly string[];
}

/** What ends something, or needs the application for itself. */
const disturbs = (each: GuardCase): boolean =>
  each.logsOut === true || concerned(each).some(({ isAlone = false, isLast = false }) => isAlone || isLast);

/** Scans wait more than they work: several at a time. */
const AT_ONCE = 4;

async function scanCases(
  cases: readonly GuardCase[],
  { wsUrl, logoutUrl, someOf }: CasesScan,
): Promise<readonly FoundOfGuard[]> {
  const found = new Map<GuardCase, FoundOfGuard>();
  const scanNext = async (queue: Iterable<GuardCase>): Promise<void> => {
    for (const each of queue) {
      const more = each.logsOut === true ? { logoutUrl } : {};
      const scan = (state: string, some: readonly Check[]): Promise<readonly string[]> =>
        scanCase(each, { url: `${wsUrl}${pathOf(each, state)}`, some, more });
      // On first: what the log-out revokes is revoked for both.
      const on = await scan("on", concerned(each));
      found.set(each, { guard: each.guard, off: await scan("off", someOf(each)), on });
    }
  };
  const together = cases.filter((each) => !disturbs(each)).values();
  await Promise.all(Array.from({ length: AT_ONCE }, () => scanNext(together)));
  await scanNext(cases.filter(disturbs));
  return cases.flatMap((each) => found.get(each) ?? []);
}

const expectedOf = (cases: readonly GuardCase[]): readonly FoundOfGuard[] =>
  cases.map(({ guard, finds }) => ({ guard, off: [...finds].sort(), on: [] }));

async function scanGateway(): Promise<readonly FoundOfGuard[]> {
  const gate = await startGate();
  const logoutUrl = await startLogout((input) => {
    const made = newRevocation(input, Date.now());
    if (made.ok) gate.revocations.add(made.revocation);
  });
  return await scanCases(guardCases, { wsUrl: gate.wsUrl, logoutUrl, someOf: others });
}

/** The cases in which the guard makes a difference in this host. */
const casesOf = (host: "attach" | "listen"): readonly GuardCase[] =>
  guardCases.filter(({ leavesOut = [] }) => !leavesOut.includes(host));

async function scanInside(host: "attach" | "listen"): Promise<readonly FoundOfGuard[]> {
  const { wsUrl, revoke } = await guardWeak(host, casesOf(host));
  const logoutUrl = await startLogout(revoke);
  return await scanCases(casesOf(host), { wsUrl, logoutUrl, someOf: concerned });
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

  // All hosts at a time: each has an application of its own, and the scans wait.
  it(
    "finds what each guard stops where that guard is off, and nothing of it where it is on; through attach and listen by the checks that are about the guard",
    async () => {
      const found = await Promise.all([scanGateway(), scanInside("attach"), scanInside("listen")]);
      expect(found).toEqual([
        expectedOf(guardCases),
        expectedOf(casesOf("attach")),
        expectedOf(casesOf("listen")),
      ]);
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
