import { randomBytes } from "node:crypto";
import type { Emit } from "../events.ts";
import type { Bans } from "../guards/guard.ts";
import { isLoopback } from "../policy/network-address.ts";
import type { ListenerPolicy, Policy } from "../policy/policy.ts";
import { createCertificateSource } from "./certificate.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";
import { loadDevelopmentCertificate } from "./development-ca.ts";
import type { Gate } from "./gate.ts";
import { createIdentityStatements } from "./identity-statement.ts";
import { openListener, type Listener, type ListenerCertificate } from "./listener.ts";
import { readinessProblems } from "./well-known.ts";

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly policy: Policy;
  readonly emit: Emit;
  /** Where the development CA keeps its keys. */
  readonly developmentDirectory: string;
}

/** How a drain goes: connections are told 1012 in batches, so that not all come back in one moment. */
export interface DrainOptions {
  /** Connections per batch. */
  readonly batch: number;
  /** Milliseconds between batches; each is varied by up to half of it. */
  readonly pauseMs: number;
  /** After this many milliseconds whatever is left is ended. */
  readonly withinMs: number;
}

/** Batches of a hundred every 100 ms: a thousand connections are told within a second. */
export const DEFAULT_DRAIN: DrainOptions = { batch: 100, pauseMs: 100, withinMs: 20_000 };

/** The first host: listeners in front of applications in any language. */
export interface Gateway {
  readonly gate: Gate;
  /** The URLs of the listeners, with their real ports. */
  readonly urls: readonly string[];
  /** The development CA's certificate file, where a listener uses it; `null` elsewhere. */
  readonly developmentCaFile: string | null;
  /** Why it is not ready; empty when it is. */
  problems(): readonly string[];
  /** Puts another policy in force for new connections. Its listeners must be those of the one before. */
  setPolicy(policy: Policy): void;
  /** Ends the open connections whose address is banned now (4529). Answers how many. */
  closeBanned(bans: Bans): number;
  /** No new connections; the open ones are closed with 1012 in batches. Resolves when all are gone. */
  drain(options?: DrainOptions): Promise<void>;
}

/** Opens every listener of the policy. Rejects, with nothing left open, when one cannot be opened. */
export async function openGateway({ policy, emit, developmentDirectory }: GatewayOptions): Promise<Gateway> {
  const now = (): number => performance.now();
  const gate: Gate = {
    policy,
    emit,
    random: (bytes) => randomBytes(bytes),
    statements: await createIdentityStatements(() => Date.now()),
    wheel: new DeadlineWheel(now),
    sessions: new Map(),
    draining: false,
    now,
    wallNow: () => Date.now(),
  };
  const listeners: Listener[] = [];
  let developmentCaFile: string | null = null;
  try {
    for (const listener of policy.listeners) {
      const made = await certificateFor(listener, { policy, emit, developmentDirectory });
      developmentCaFile ??= made.caFile;
      listeners.push(await openListener(gate, listener, made.certificate));
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  return {
    gate,
    urls: listeners.map(({ url }) => url),
    developmentCaFile,
    problems: () => readinessProblems(gate),
    setPolicy(next) {
      const last = gate.policy;
      gate.policy = next;
      last.dispose();
    },
    closeBanned(bans) {
      const banned = [...gate.sessions.values()].filter(
        ({ address }) => bans.find(address, Date.now()) !== null,
      );
      for (const { driver } of banned) driver.close("firewall.banned", "banned while connected");
      return banned.length;
    },
    async drain(options = DEFAULT_DRAIN) {
      gate.draining = true;
      const closed = Promise.all(listeners.map((listener) => listener.close()));
      await closeSessions(gate, options);
      await Promise.race([closed, delay(1000)]);
      gate.policy.dispose();
    },
  };
}

async function certificateFor(
  listener: ListenerPolicy,
  { policy, emit, developmentDirectory }: GatewayOptions,
): Promise<{ certificate: ListenerCertificate | null; caFile: string | null }> {
  const { tls } = listener;
  if (tls.kind === "off") return { certificate: null, caFile: null };
  if (tls.kind === "files") {
    return {
      certificate: await createCertificateSource({
        certificateFile: tls.certificate,
        keyFile: tls.key,
        emit,
      }),
      caFile: null,
    };
  }
  const hosts = policy.routes.flatMap((route) => route.hosts);
  const names = isLoopback(listener.address) ? hosts : [...hosts, listener.address];
  const made = await loadDevelopmentCertificate({ directory: developmentDirectory, names });
  const certificate: ListenerCertificate = {
    current: () => ({ cert: made.certificatePem, key: made.keyPem }),
    names: () => hosts,
    onChange: () => () => {},
    close: () => {},
  };
  return { certificate, caFile: made.caFile };
}

async function closeSessions(gate: Gate, { batch, pauseMs, withinMs }: DrainOptions): Promise<void> {
  const until = gate.now() + withinMs;
  const open = [...gate.sessions.values()];
  for (let index = 0; index < open.length; index += batch) {
    for (const { driver } of open.slice(index, index + batch))
      driver.close("session.draining", "the gate is shutting down");
    if (index + batch < open.length) await delay(pauseMs * (0.5 + Math.random()));
  }
  while (gate.sessions.size > 0 && gate.now() < until) await delay(20);
  for (const { driver } of gate.sessions.values()) {
    driver.destroy("client");
    driver.destroy("application");
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
