import { describe, expect, it } from "vitest";
import { guardGraphql } from "../../sallyport/test/applications/graphql-application.ts";
import type { GuardedApplication } from "../../sallyport/test/applications/guarded-application.ts";
import { guardNotes } from "../../sallyport/test/applications/json-rpc-application.ts";
import { guardBroker } from "../../sallyport/test/applications/mqtt-application.ts";
import { guardChat } from "../../sallyport/test/applications/socket-io-application.ts";
import { guardDocuments } from "../../sallyport/test/applications/yjs-application.ts";
import type { HostName } from "../../sallyport/test/hosts/guarded-server.ts";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import type { ScanSettings } from "../src/scan-settings.ts";
import { isAtLeast } from "../src/severity.ts";
import { scanUrl } from "./scan-scene.ts";

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
  /** What is worth a word and no fault: `ws` selects whatever it is offered first, and asks for nothing where nothing is. */
  readonly remarks?: readonly string[];
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
    remarks: ["echoes-unknown-subprotocol"],
  },
  {
    name: "mqtt",
    guard: async (host) => (await guardBroker(host)).guarded,
    path: "/mqtt",
    claims: {},
    settings: { subprotocols: ["mqtt"] },
    remarks: ["accepts-without-subprotocol"],
  },
  {
    name: "socket-io-chat",
    guard: guardChat,
    path: "/socket.io/?EIO=4&transport=websocket",
    claims: { rooms: ["lobby"] },
    settings: { messages: ["40"] },
    remarks: ["echoes-unknown-subprotocol"],
  },
  {
    name: "yjs",
    guard: guardDocuments,
    path: "/documents/novel",
    claims: { documents: ["novel"] },
    remarks: ["echoes-unknown-subprotocol"],
  },
];

describe.each(examples)("a scan of the example $name", (example) => {
  it("finds no fault", { timeout: TIMEOUT_MS }, async () => {
    const { guard, path, claims, settings, remarks = [] } = example;
    const guarded = await guard("gateway");
    const { authorization } = await guarded.bearer("ann", claims);
    const { findings, control, endedEarly } = await scanUrl(`${guarded.wsUrl}${path}`, checks, {
      credentials: [["Authorization", authorization]],
      concurrency: 16,
      ...settings,
    });
    expect({ problem: control.problem, endedEarly }).toEqual({ problem: "", endedEarly: null });
    const faults = findings.filter(({ severity }) => isAtLeast(severity, "low"));
    expect(faults.map(({ check, detail }) => [check, detail])).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(remarks);
  });
});
