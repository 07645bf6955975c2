import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, firstMatch, startChild } from "../child.ts";
import { defaultGuards, type GuardFacts } from "../gateway-config.ts";
import { ownGateway } from "../targets.ts";
import type { FeedShape } from "./feed.ts";
import type { Way } from "./followers.ts";

/** Where a setup keeps its files, and whom its guards believe. */
export interface Stage extends GuardFacts {
  readonly directory: string;
}

/** A feed that runs, with everything that serves it. */
export interface Running {
  /** Where the clients connect. */
  readonly port: number;
  /** Every process whose CPU is counted. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** One way to have the feed, and what stands before it. */
export interface Setup {
  readonly name: string;
  /** What the table and the picture call it. */
  readonly title: string;
  readonly way: Way;
  start(stage: Stage, shape: FeedShape): Promise<Running>;
}

/** Every message is parsed, asked about by a rule, and searched for what must not leave. */
const CONTENT = {
  permission: {
    otherwise: "deny",
    rules: [{ direction: "outbound", allow: 'message.type == "book"' }],
  },
  leak: { action: "redact" },
};

const setups: readonly Setup[] = [
  bare("poll", "long polling", "poll"),
  bare("events", "server-sent events", "events"),
  bare("websocket", "WebSocket, no gate", "websocket"),
  {
    name: "attached",
    title: "WebSocket, Sallyport attached",
    way: "websocket",
    async start(stage, shape) {
      const policy = join(stage.directory, "policy.json");
      await writeFile(policy, JSON.stringify({ routes: [{ path: "/feed", ...defaultGuards(stage) }] }));
      return running([await startFeed(shape, "--policy", policy)]);
    },
  },
  gated("gate", "WebSocket, Sallyport gateway", {}),
  gated("gate-content", "the same, with rules and leak detection", CONTENT),
];

/** Every setup, as the table shows them. */
export const allSetups: readonly Setup[] = setups;

interface Listening {
  readonly child: Child;
  readonly port: number;
}

function bare(name: string, title: string, way: Way): Setup {
  return { name, title, way, start: async (_stage, shape) => running([await startFeed(shape)]) };
}

function gated(name: string, title: string, guards: object): Setup {
  return {
    name,
    title,
    way: "websocket",
    async start(stage, shape) {
      const feed = await startFeed(shape);
      const file = join(stage.directory, `${name}.yaml`);
      const upstream = `ws://127.0.0.1:${feed.port}`;
      await writeFile(
        file,
        JSON.stringify({
          version: 1,
          listen: [{ address: "127.0.0.1:0", tls: "off" }],
          log: { format: "json", level: "warn" },
          journal: "off",
          routes: [{ path: "/feed", upstream, ...defaultGuards(stage), ...guards }],
        }),
      );
      const command = [process.execPath, ownGateway.path, "run", "--config", file];
      const gate = await listening(startChild(command, "target"), /^listening on https?:\/\/.*:(\d+)$/);
      return running([gate, feed]);
    },
  };
}

function startFeed({ rate, updates }: FeedShape, ...more: readonly string[]): Promise<Listening> {
  const file = fileURLToPath(new URL("server.ts", import.meta.url));
  const flags = ["--rate", String(rate), "--updates", String(updates), ...more];
  const child = startChild([process.execPath, "--conditions=sallyport-source", file, ...flags], "target");
  return listening(child, /^listening (\d+)$/);
}

async function listening(child: Child, pattern: RegExp): Promise<Listening> {
  const [, port] = await firstMatch(child, pattern);
  return { child, port: Number(port) };
}

/** @param parts of which the first is where the clients connect */
function running(parts: readonly [Listening, ...Listening[]]): Running {
  return {
    port: parts[0].port,
    pids: parts.map(({ child }) => child.pid),
    async stop() {
      for (const { child } of parts) await child.stop();
    },
  };
}
