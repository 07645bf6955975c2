import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { LocalGate } from "../../src/cli/local-gate.ts";
import type { Answer } from "../../src/events.ts";
import type { TakeSignal } from "../../src/hosts/watch-post.ts";
import type { Config } from "../../src/policy/effective-config.ts";
import type { WatchInput } from "../../src/policy/watch-input.ts";
import { nowhere } from "../../src/policy/config-document.ts";
import { resolveConfig } from "../../src/policy/load-config.ts";
import { createMemoryState, type MemoryState } from "../../src/state/memory-state.ts";
import { recordEvents, startApplication, type Told } from "../gateway/harness.ts";
import { connectRaw, openRaw, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";

/** What a test writes of a configuration. */
export interface WatchedSetup {
  readonly watch?: unknown;
  /** Keys of the one route besides `path` and `upstream`. */
  readonly route?: Readonly<Record<string, unknown>>;
  readonly listen?: Readonly<Record<string, unknown>>;
  /** Who watches in place of the gate itself. */
  readonly watcher?: TakeSignal;
}

/** A gate as `sallyport run` keeps it, in this process. */
export interface WatchedGate extends Told {
  readonly gate: LocalGate;
  readonly state: MemoryState;
  readonly port: number;
  readonly url: string;
  /** Puts another configuration in force. */
  reload(setup: WatchedSetup): Promise<void>;
}

/** Starts a gate before an application that echoes. It is drained when the test ends. */
export async function startWatched(setup: WatchedSetup): Promise<WatchedGate> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-watched-"));
  const { emit, ...told } = recordEvents();
  const state = createMemoryState();
  const { watcher } = setup;
  const gate = new LocalGate({
    version: "0",
    local: state,
    log: emit,
    ...(watcher === undefined ? {} : { watcher }),
  });
  const application = await startApplication();
  const load = async ({ watch, route, listen }: WatchedSetup): Promise<Config> => {
    const value = {
      version: 1,
      listen: [{ address: "127.0.0.1:0", tls: "off", ...listen }],
      ...(watch === undefined ? {} : { watch }),
      routes: [{ path: "/chat", upstream: application.url, identity: "anonymous", ...route }],
    };
    const loaded = await resolveConfig({ file: null, base: directory, value, locate: () => nowhere }, {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2));
    return loaded.config;
  };
  const opened = await gate.open(await load(setup));
  if (!opened.ok) throw new Error(JSON.stringify(opened));
  onTestFinished(async () => {
    await gate.drain();
    await rm(directory, { recursive: true });
  });
  const [url = ""] = opened.urls;
  return {
    gate,
    state,
    ...told,
    url,
    port: Number(new URL(url).port),
    async reload(next) {
      const problems = await gate.prepare(await load(next));
      if (problems.length > 0) throw new Error(problems.join("\n"));
      await gate.commit();
    },
  };
}

/** A handshake. */
export interface Knocking {
  readonly target: string;
  /** The loopback address that it comes from. */
  readonly from: string;
  /** Field lines beside the usual ones. */
  readonly lines: readonly string[];
}

/** The status of a handshake that asks for a path. */
export async function knock(
  port: number,
  { target = "/chat", from = "127.0.0.1", lines = [] }: Partial<Knocking> = {},
): Promise<number> {
  const peer = await connectRaw(port, undefined, from);
  const { status } = await peer.send(upgradeRequest({ target, lines })).head();
  peer.socket.destroy();
  return status;
}

/** Opens a connection. */
export function open(
  port: number,
  { from = "127.0.0.1", lines = [] }: Partial<Omit<Knocking, "target">> = {},
): Promise<RawPeer> {
  return openRaw(port, { target: "/chat", lines }, undefined, from);
}

type Rule = NonNullable<WatchInput["rules"]>[number];

/** A rule that is met by whoever asks for three paths that are not there. */
export function scanRule(answer: Answer, parts: Partial<Rule> = {}): Rule {
  return {
    name: "three-paths",
    when: 'event.type == "handshake" && event.code == "handshake.no-route"',
    by: "address",
    count: 3,
    within: "1m",
    answer,
    say: "asks for what is not there",
    ...parts,
  };
}

/** Meets {@link scanRule}, which may count the first two as one. The status of each. */
export async function scan(port: number, where: Partial<Omit<Knocking, "target">> = {}): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < 4; index++)
    statuses.push(await knock(port, { target: `/admin-${index}`, ...where }));
  return statuses;
}
