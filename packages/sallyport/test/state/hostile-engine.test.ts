import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { openRedis, type RedisConnection } from "../../src/state/redis-connection.ts";
import { portOf } from "../gateway/harness.ts";
import { until } from "./redis-nodes-fixture.ts";

const PASSWORD = "correct-horse-battery";

/** What an engine answers to a command, of which it gets the bytes; `null`: nothing. */
type Answers = (command: string) => string | null;

/** Connects to an engine that answers whatever it likes. Ended with the test. */
async function connectTo(answers: Answers): Promise<RedisConnection> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.on("data", (bytes) => {
      for (const command of bytes.toString().split(/(?=\*\d+\r\n)/)) socket.write(answers(command) ?? "");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const hosts = [{ host: "127.0.0.1", port: portOf(server.address()) }];
  const secrets = { username: null, password: PASSWORD, sentinelPassword: null };
  const connection = openRedis({
    place: { kind: "single", hosts, primaryName: "", secure: false, ca: null, database: 0, ...secrets },
    prefix: "test",
    timeoutMs: 500,
    probeMs: 50,
  });
  onTestFinished(() => {
    connection.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return connection;
}

/** Signs in as an engine does, and answers scripts. */
function answering(script: string): Answers {
  return (command) => {
    if (command.includes("HELLO")) return "%1\r\n+server\r\n+redis\r\n";
    return command.includes("EVAL") ? script : "+OK\r\n";
  };
}

async function problemOf(connection: RedisConnection, about: string): Promise<string> {
  await until(() => connection.status().problem?.includes(about) === true);
  return connection.status().problem ?? "";
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

describe("an engine that says what it likes", () => {
  it.each([
    [
      "before Redis 6",
      (sent: string) => `-ERR unknown command, with args beginning with: ${sent.slice(0, 60)}`,
    ],
    ["otherwise", (sent: string) => `-ERR not from you: ${sent}`],
  ])("has nothing told of what it was sent to sign in with: %s (CWE-532)", async (_when, refuse) => {
    const connection = await connectTo((sent) => `${refuse(sent.replaceAll("\r\n", " "))}\r\n`);
    const problem = await problemOf(connection, "ERR");
    expect(problem).not.toContain(PASSWORD.slice(0, 8));
    await expect(connection.command("a", ["GET", "a"])).rejects.not.toThrow(PASSWORD);
  });

  it("has no more than a line told of what it says", async () => {
    const connection = await connectTo(answering(`-ERR ${"x".repeat(1_000_000)}\r\n`));
    expect((await problemOf(connection, "ERR")).length).toBeLessThan(400);
  });

  it.each([
    ["no number", "now"],
    ["more than any time", "1e400"],
    ["less than any time", "-1"],
  ])("is down while its clock says %s: nothing would end when it should", async (_what, seconds) => {
    const connection = await connectTo(answering(`*2\r\n${bulk(seconds)}${bulk("0")}`));
    expect(await problemOf(connection, "it tells no time")).toBe("it tells no time");
    expect(connection.status()).toMatchObject({ up: false, clockAheadMs: 0 });
  });

  it.each([
    "?junk\r\n",
    "*1\r\n".repeat(100_000),
    "+OK\r\n+OK\r\n+OK\r\n",
    "HTTP/1.1 400 Bad\r\n\r\n",
    "$-5\r\n",
    ":x\r\n",
  ])("is down where it speaks another language, and the process goes on (case %#)", async (answer) => {
    const connection = await connectTo(() => answer);
    await until(() => !["not connected yet", null].includes(connection.status().problem));
    expect(connection.status().up).toBe(false);
  });
});
