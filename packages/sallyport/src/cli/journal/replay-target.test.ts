import { describe, expect, it } from "vitest";
import { parseUpstream } from "../../policy/upstream-url.ts";
import { checkTarget, type TargetQuestion } from "./replay-target.ts";

type Config = NonNullable<TargetQuestion["config"]>;

/** A gate whose routes have these upstreams, and that listens there. */
function gate(upstreams: readonly string[], listen = { host: "0.0.0.0", port: 8443 }): Config {
  const routes = upstreams.map((text) => {
    const parsed = parseUpstream(text, "/");
    if (!parsed.ok) throw new Error(text);
    return { upstream: { target: parsed.target, text, caFile: null, timeoutMs: 1 } };
  });
  return { routes, listeners: [listen] } as unknown as Config;
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "app.internal": ["10.0.0.7"],
  "alias.internal": ["10.0.0.8", "10.0.0.7"],
  "chat.example.com": ["198.51.100.4"],
  "test.example.com": ["198.51.100.9"],
  "here.example.com": ["127.0.0.1"],
};

function resolve(host: string): Promise<readonly string[]> {
  if (host === "localhost") return Promise.resolve(["127.0.0.1", "::1"]);
  return Promise.resolve(NAMES[host] ?? (/^[\d.]+$|:/.test(host) ? [host] : []));
}

async function check(to: string, parts: Partial<TargetQuestion> = {}): Promise<string | null> {
  const nothing = { originalHost: null, yesOriginal: undefined, yesRemote: false };
  const config = gate(["ws://app.internal:3000", "unix:/run/app.sock", "ws://127.0.0.1:3001"]);
  const checked = await checkTarget({ url: new URL(to), config, ...nothing, ...parts }, resolve);
  return checked.ok ? null : checked.problem;
}

describe("checkTarget", () => {
  it.each([
    "ws://127.0.0.1:4000",
    "ws://localhost:4000/chat",
    "ws://[::1]:4000",
    "ws://here.example.com:4000",
  ])("lets %s be a test server", async (to) => {
    expect(await check(to)).toBeNull();
  });

  it.each([
    "ws://app.internal:3000",
    "wss://APP.internal:3000/other",
    "ws://10.0.0.7:3000",
    "ws://alias.internal:3000",
    "ws://127.0.0.1:3001",
    "ws://localhost:3001",
    "ws://here.example.com:3001",
    "ws://[::ffff:10.0.0.7]:3000",
    "ws://[::ffff:127.0.0.1]:3001",
  ])("knows the upstream by %s", async (to) => {
    expect(await check(to, { yesRemote: true })).toContain("is an upstream of the gate");
  });

  it.each(["ws://127.0.0.1:8443", "ws://localhost:8443"])(
    "knows the gate by %s, which listens everywhere",
    async (to) => {
      expect(await check(to)).toContain("is the gate itself");
    },
  );

  it("knows the upstream at the port that its scheme means", async () => {
    const config = gate(["wss://app.internal", "ws://127.0.0.1"]);
    expect(await check("wss://app.internal", { config, yesRemote: true })).toContain(
      "an upstream of the gate",
    );
    expect(await check("ws://localhost", { config })).toContain("an upstream of the gate");
    expect(await check("ws://127.0.0.1:81", { config })).toBeNull();
  });

  it.each(["wss://chat.example.com", "ws://198.51.100.4:9", "ws://CHAT.example.com:1234"])(
    "knows the host that the client asked for by %s, at whatever port",
    async (to) => {
      const asked = { originalHost: "chat.example.com", yesRemote: true };
      expect(await check(to, asked)).toContain("is the host that the client asked for");
    },
  );

  it("takes no name of this machine for the original: its ports are known", async () => {
    expect(await check("ws://127.0.0.1:4000", { originalHost: "localhost" })).toBeNull();
    expect(await check("ws://[::1]:4000", { originalHost: "[::1]" })).toBeNull();
  });

  it("cannot tell where no configuration says what the upstream was", async () => {
    expect(await check("ws://127.0.0.1:4000", { config: null })).toContain(
      "no configuration says where that is",
    );
    expect(await check("ws://127.0.0.1:4000", { config: null, yesOriginal: "127.0.0.1" })).toBeNull();
  });

  it.each(["ws://test.example.com", "ws://203.0.113.5:4000", "ws://nobody.knows"])(
    "wants a yes for another machine: %s",
    async (to) => {
      expect(await check(to)).toContain("is another machine");
      expect(await check(to, { yesRemote: true })).toBeNull();
    },
  );

  it("takes the original only where its host is typed", async () => {
    expect(await check("ws://app.internal:3000", { yesOriginal: "app.internal" })).toBeNull();
    expect(await check("ws://[::1]:8443", { yesOriginal: "::1" })).toBeNull();
    for (const yesOriginal of ["", "yes", "10.0.0.7"])
      expect(await check("ws://app.internal:3000", { yesOriginal })).toBe(
        "--yes-original: expected app.internal, the host of --to, to be typed",
      );
  });

  it("asks the resolver of this machine where none is given", async () => {
    const question = { config: gate([]), originalHost: null, yesOriginal: undefined, yesRemote: false };
    expect(await checkTarget({ ...question, url: new URL("ws://localhost:1") })).toMatchObject({ ok: true });
    expect(await checkTarget({ ...question, url: new URL("ws://127.0.0.1:1") })).toEqual({
      ok: true,
      addresses: ["127.0.0.1"],
    });
  });

  it("asks for the addresses of the target once, and answers those that it looked at", async () => {
    const answers = [["127.0.0.1"], ["10.0.0.7"]];
    const asked: string[] = [];
    const rebinding = (host: string): Promise<readonly string[]> => {
      asked.push(host);
      return Promise.resolve(host === "rebinding.example" ? (answers.shift() ?? []) : []);
    };
    const question = { originalHost: null, yesOriginal: undefined, yesRemote: false };
    const url = new URL("ws://rebinding.example:3000");
    const config = gate(["ws://app.internal:3000"]);
    const checked = await checkTarget({ ...question, url, config }, rebinding);
    expect(checked).toEqual({ ok: true, addresses: ["127.0.0.1"] });
    expect(asked.filter((host) => host === "rebinding.example")).toHaveLength(1);
  });
});
