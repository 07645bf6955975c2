import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { startApplication, startGateway, type TestGateway } from "../gateway/harness.ts";
import { callMain } from "./journal-call.ts";

/** A gate that recorded, and what is played to it again. */
interface Recording {
  readonly gate: TestGateway;
  /** Plays what was recorded to the route with other keys; the last line of `--json`, and the exit code. */
  readonly play: (
    route?: object,
  ) => Promise<{ readonly code: number; readonly lines: readonly Record<string, never>[] }>;
  readonly replay: (
    session: string,
    to: string,
  ) => Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
}

async function record(route: object): Promise<Recording> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-recorded-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const application = await startApplication();
  const journal = {
    directory: join(directory, "journal"),
    key: randomBytes(32).toString("base64"),
    payloads: "full",
  };
  const gate = await startGateway({ upstream: application.url, route: { ...route }, journal });
  const write = async (name: string, keys: object): Promise<void> => {
    const routes = [{ path: "/", upstream: application.url, identity: "anonymous", ...keys }];
    const listen = [{ address: "127.0.0.1:0", tls: "off" }];
    await writeFile(join(directory, name), JSON.stringify({ version: 1, journal, listen, routes }));
  };
  return {
    gate,
    async play(more = {}) {
      await gate.close();
      await write("sallyport.yaml", route);
      await write("next.yaml", { ...route, ...more });
      const argv = ["test", "--journal", "next.yaml", "--json", "--reason", "a test"];
      const { code, out, err } = await callMain(argv, { directory });
      expect(err).toBe("");
      return {
        code,
        lines: out
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      };
    },
    async replay(session, to) {
      await gate.close();
      await write("sallyport.yaml", route);
      const argv = ["journal", "replay", session, "--to", to, "--speed", "max", "--reason", "a test"];
      return await callMain(argv, { directory });
    },
  };
}

/** Says something and waits for its echo, or for the end. */
async function say(gate: TestGateway, texts: readonly string[], options: ClientOptions = {}): Promise<void> {
  const socket = new WebSocket(gate.wsUrl, options);
  socket.on("error", () => undefined);
  const closed = new Promise<false>((resolve) => {
    socket.once("close", () => resolve(false));
  });
  const opened = new Promise<true>((resolve) => {
    socket.once("open", () => resolve(true));
  });
  if (!(await Promise.race([opened, closed]))) return;
  for (const text of texts) {
    socket.send(text);
    const echo = new Promise((resolve) => {
      socket.once("message", resolve);
    });
    await Promise.race([echo, closed]);
  }
  socket.close();
  await closed;
}

const page = "https://app.example.com";
const guarded = {
  origin: { allow: [page] },
  messageSize: { inbound: "64B" },
  permission: { otherwise: "allow", rules: [{ when: 'message.type == "secret"', allow: "false" }] },
  leak: { action: "redact" },
};

async function recordChat(): Promise<Recording> {
  const recording = await record(guarded);
  const { gate } = recording;
  await say(gate, ['{"type":"join"}', '{"type":"say","card":"4111 1111 1111 1111"}'], { origin: page });
  await say(gate, ['{"type":"secret"}'], { origin: page });
  await say(gate, [`{"type":"${"x".repeat(100)}"}`], { origin: page });
  await say(gate, [], { origin: "https://evil.example" });
  return recording;
}

describe("what a gate recorded", () => {
  it("is refused and let pass by the same policy as it was then", async () => {
    const { play } = await recordChat();
    const { code, lines } = await play();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      type: "summary",
      ok: true,
      routes: {
        "/": {
          sessions: 3,
          partial: 0,
          handshakes: 4,
          refused: 0,
          stillRefused: 3,
          noLongerRefused: 0,
          replaced: 0,
          shed: 0,
        },
      },
    });
    expect(code).toBe(0);
  });

  it("shows what another policy does otherwise", async () => {
    const { play } = await recordChat();
    const rules = [{ when: 'message.type == "join"', allow: "false" }];
    const { code, lines } = await play({
      permission: { otherwise: "allow", rules },
      messageSize: { inbound: "1KiB" },
    });
    const changes = lines.slice(0, -1).map(({ change, code: why }) => `${change} ${why}`);
    expect(code).toBe(1);
    expect(new Set(changes)).toEqual(
      new Set([
        "refused permission.message",
        "no-longer-refused permission.message",
        "no-longer-refused messageSize.bytes",
      ]),
    );
  });

  it("is sent to a test server as the client sent it", async () => {
    const { gate, replay } = await recordChat();
    const { session } = await gate.seen("open");
    const server = await startApplication();
    const { code, out, err } = await replay(session, server.url);
    expect(err).toBe("");
    // The echo brings the card number, which was cut out of the reply then.
    expect(out).toContain("2 of 2 messages sent");
    expect(code).toBeLessThan(2);
  });
});
