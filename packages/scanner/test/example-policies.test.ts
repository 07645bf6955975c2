import { describe, expect, it } from "vitest";
import { guardGraphql } from "../../sallyport/test/applications/graphql-application.ts";
import type { GuardedApplication } from "../../sallyport/test/applications/guarded-application.ts";
import { guardNotes } from "../../sallyport/test/applications/json-rpc-application.ts";
import { guardBroker } from "../../sallyport/test/applications/mqtt-application.ts";
import { guardChat } from "../../sallyport/test/applications/socket-io-application.ts";
import { guardDocuments } from "../../sallyport/test/applications/yjs-application.ts";
import { hostNames, type HostName } from "../../sallyport/test/hosts/guarded-server.ts";
import type { Check } from "../src/check.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import type { ScanSettings } from "../src/scan-settings.ts";
import { scanUrl } from "./scan-scene.ts";
import { type DemoName, startDemo } from "./start-demo.ts";

const TIMEOUT_MS = 240_000;
/** Without those that wait, measure time or end something: they are tried on the gate's guards one by one. */
const checks = builtInChecks.filter(
  ({ isBackground = false, isAlone = false, isLast = false }) => !isBackground && !isAlone && !isLast,
);

interface Example {
  readonly name: string;
  readonly guard: (host: HostName) => Promise<GuardedApplication>;
  readonly path: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly settings?: Partial<ScanSettings>;
}

/** Each policy of `examples/policies`, before the application that it is for, as a user who may use it. */
const examples: readonly Example[] = [
  {
    name: "graphql",
    guard: guardGraphql,
    path: "/graphql",
    claims: { role: "viewer" },
    settings: { subprotocols: ["graphql-transport-ws"], messages: ['{"type":"connection_init"}'] },
  },
  {
    name: "json-rpc",
    guard: guardNotes,
    path: "/rpc",
    claims: { role: "reader" },
    settings: { messages: ['{"jsonrpc":"2.0","id":1,"method":"notes.list","params":{}}'] },
  },
  {
    name: "mqtt",
    guard: async (host) => (await guardBroker(host)).guarded,
    path: "/mqtt",
    claims: {},
    settings: { subprotocols: ["mqtt"] },
  },
  {
    name: "socket-io-chat",
    guard: guardChat,
    path: "/socket.io/?EIO=4&transport=websocket",
    claims: { rooms: ["lobby"] },
    settings: { messages: ["40"] },
  },
  {
    name: "yjs",
    guard: guardDocuments,
    path: "/documents/novel",
    claims: { documents: ["novel"] },
  },
];

/** What policies are asked about in hosts that are scanned whole elsewhere (gate.test.ts): who is let in, and from where. */
const ofHosts = checks.filter(({ group }) => ["origin", "authentication"].includes(group));
/** And those about what the application is asked, told and given; the frames are the same engine's everywhere. */
const ofDemos = checks.filter(({ group }) => group !== "frames");
const demos: readonly DemoName[] = ["chat", "game", "trading"];

interface Found {
  readonly name: string;
  readonly problem: string;
  readonly findings: readonly (readonly [check: string, detail: string])[];
  /** Something was tested. */
  readonly hasPassed: boolean;
}

const clean = (name: string): Found => ({ name, problem: "", findings: [], hasPassed: true });

async function scanExample(name: string, url: string, { some, settings }: ExampleScan): Promise<Found> {
  const { findings, passed, control, endedEarly } = await scanUrl(url, some, {
    concurrency: 16,
    pace: { perSecond: 100_000, connections: 5000, totalMs: TIMEOUT_MS },
    ...settings,
  });
  return {
    name,
    problem: endedEarly ?? control.problem,
    findings: findings.map(({ check, detail }) => [check, detail]),
    hasPassed: passed.length > some.length / 2,
  };
}

interface ExampleScan {
  readonly some: readonly Check[];
  readonly settings: Partial<ScanSettings>;
}

async function scanPolicy(example: Example, host: HostName, some: readonly Check[]): Promise<Found> {
  const { name, guard, path, claims, settings } = example;
  const guarded = await guard(host);
  const { authorization } = await guarded.bearer("ann", claims);
  const credentials = [["Authorization", authorization] as const];
  return scanExample(name, `${guarded.wsUrl}${path}`, { some, settings: { credentials, ...settings } });
}

async function scanDemo(name: DemoName, host: HostName, some: readonly Check[]): Promise<Found> {
  const { url, settings } = await startDemo(name, host);
  return scanExample(name, url, { some, settings });
}

const applications: readonly string[] = examples.map(({ name }) => name);

/** All at once: most of a scan waits. */
describe("a scan of the examples", { timeout: TIMEOUT_MS }, () => {
  it.for(["gateway", "attach"] as const)(
    "finds nothing through %s, before the applications that the policies are for",
    async (host) => {
      const some = host === "gateway" ? checks : ofHosts;
      const found = await Promise.all(examples.map((example) => scanPolicy(example, host, some)));
      expect(found).toEqual(applications.map(clean));
    },
  );

  it.for(hostNames)("finds nothing through %s, with a ticket for each connection", async (host) => {
    const some = host === "gateway" ? ofDemos : ofHosts;
    const found = await Promise.all(demos.map((name) => scanDemo(name, host, some)));
    expect(found).toEqual(demos.map(clean));
  });
});
