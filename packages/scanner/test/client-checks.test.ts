import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SallyportSocket } from "../../client/src/index.ts";
import { builtInClientChecks } from "../src/checks/built-in-client-checks.ts";
import { startBy } from "../src/cli/start-client.ts";
import { isAtLeast } from "../src/severity.ts";
import { testClient, testProcess } from "./client-scene.ts";
import { clientSpecimens } from "./client-specimens.ts";
import { builtInClient, wsClient } from "./library-clients.ts";
import { type ClientLoop, naiveClient } from "./naive-client.ts";

const ofProcess = builtInClientChecks.filter(({ impact }) => impact === "destructive");
const others = builtInClientChecks.filter(({ impact }) => impact !== "destructive");
const programOf = (name: string) =>
  startBy([process.execPath, "--conditions=sallyport-source", fileURLToPath(new URL(name, import.meta.url))]);
const reasons = (remarks: readonly { readonly reason: string }[]): string[] => [
  ...new Set(remarks.map(({ reason }) => reason)),
];

describe("builtInClientChecks", () => {
  it("have each a specimen, but for those of what ends a process", () => {
    expect(Object.keys(clientSpecimens)).toEqual(others.map(({ id }) => id));
  });
});

describe.concurrent.each(others)("$id", (check) => {
  it("is found in a client that has the fault", async () => {
    const { findings, notTested } = await testClient(clientSpecimens[check.id]!.vulnerable, [check]);
    expect(notTested).toEqual([]);
    expect(findings.map((finding) => finding.check)).toEqual([check.id]);
    expect(findings[0]?.evidence.length).toBeGreaterThan(0);
  });

  it("passes in a client without it", async () => {
    const { findings, notTested, passed } = await testClient(clientSpecimens[check.id]!.clean, [check]);
    expect({ findings, notTested }).toEqual({ findings: [], notTested: [] });
    expect(passed.map((remark) => remark.check)).toEqual([check.id]);
  });
});

describe.concurrent("the checks of what ends a client's process", () => {
  it("are found each in a client that ends at whatever it does not expect", async () => {
    const { findings, notTested } = await testProcess(programOf("fragile-client.ts"), ofProcess, {
      endMs: 5000,
    });
    expect(notTested).toEqual([]);
    expect(findings.map(({ check }) => check).sort()).toEqual(ofProcess.map(({ id }) => id).sort());
    expect(findings.find(({ check }) => check === "client-crashes-on-odd-message")?.detail).toMatch(
      /ended with exit code 1 and an error that nobody caught after text that is no JSON/,
    );
  });

  it("pass in a client that goes on", async () => {
    const { findings, notTested, passed } = await testProcess(programOf("sturdy-client.ts"), ofProcess, {
      endMs: 200,
    });
    expect({ findings, notTested }).toEqual({ findings: [], notTested: [] });
    expect(passed.length).toBe(ofProcess.length);
  });

  it("are not tested in a client that was not started here", async () => {
    const { notTested } = await testClient({ client: wsClient() }, ofProcess.slice(0, 1));
    expect(reasons(notTested)).toEqual([
      "whether the client's process lives is seen with --client-command alone",
    ]);
  });
});

/** The client of this project, which connects again by itself. */
const sallyportClient: ClientLoop = (url) => {
  let isOver = false;
  let socket: SallyportSocket | null = null;
  const again = (): void => {
    socket = new SallyportSocket(url, [], { ticket: false, reconnect: { firstMs: 1, longestMs: 5 } });
    socket.addEventListener("close", () => void (isOver || setImmediate(() => isOver || again())));
  };
  again();
  return {
    end() {
      isOver = true;
      socket?.close();
    },
  };
};

describe.concurrent("a current client", () => {
  it.for([
    ["ws", wsClient()],
    ["Node", builtInClient],
    ["@sallyport/client", sallyportClient],
  ] as const)("of %s has no fault", async ([, client]) => {
    // What is work for a client, the corpus and the specimens are for.
    const light = others.filter(({ impact = "safe" }) => impact === "safe");
    const report = await testClient({ client, settings: { silenceMs: 5000 } }, light);
    expect(report.findings.filter(({ severity }) => isAtLeast(severity, "low"))).toEqual([]);
    expect({ notTested: report.notTested, endedEarly: report.endedEarly }).toEqual({
      notTested: [],
      endedEarly: null,
    });
    expect(report.passed.length).toBeGreaterThan(20);
  });
});

const nobody: ClientLoop = () => ({ end: () => undefined });

describe.concurrent("runClientScan", () => {
  const [first, second] = others;
  if (first === undefined || second === undefined) throw new Error("there are no checks");

  it.for([
    [{ leaves: true }, "the client ended a normal connection by itself"],
    [{ isMute: true }, "the client answers no pings, so that it cannot be told what it has taken"],
  ] as const)("says of a client with %j that nothing was tested", async ([setup, why]) => {
    const report = await testClient({ client: naiveClient(setup) }, [first]);
    expect(report).toMatchObject({
      isReached: true,
      control: { isUsable: false },
      findings: [],
      passed: [],
    });
    expect(reasons(report.notTested)).toEqual([`there is no normal connection to compare with: ${why}`]);
  });

  it("does not call safe what a client was not there for", async () => {
    const client = naiveClient({ once: true });
    const report = await testClient({ client, settings: { waitMs: 200 } }, [first, second]);
    expect(report).toMatchObject({ findings: [], passed: [] });
    expect(reasons(report.notTested)).toContain(report.endedEarly);
    expect(report.endedEarly).toContain("the client was gone at client-accepts-wrong-accept");
  });

  it("says that no client came", async () => {
    const report = await testClient({ client: nobody, settings: { firstWaitMs: 50 } }, [first]);
    expect(report).toMatchObject({ isReached: false, findings: [], passed: [] });
  });

  it("says of a command what kept it from connecting, and masks what the client is known by", async () => {
    const failing = startBy([process.execPath, "-e", "throw new Error('no such host')"]);
    const report = await testProcess(failing, [first]);
    expect(report.isReached).toBe(false);
    expect(reasons(report.notTested)[0]).toContain("ended with exit code 1");
    const known = await testClient(
      { client: naiveClient({ headers: ["Authorization: Bearer s3cret-of-ann"] }) },
      [first],
    );
    expect(known.findings).toHaveLength(1);
    expect(JSON.stringify(known)).not.toContain("s3cret-of-ann");
  });
});
