import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { AttachInput, RouteOptions } from "../packages/sallyport/src/index.ts";
import type { TlsFiles } from "./tls-files.ts";
import type { Tokens } from "./tokens.ts";

/** Whom the guards believe. */
export interface GuardFacts {
  readonly origin: string;
  readonly tokens: Tokens;
}

/** What the gateway's configuration is made from. */
export interface GatewayFacts extends GuardFacts {
  readonly backend: number;
  /** `null`: plain. */
  readonly tls: TlsFiles | null;
  readonly looks: Looks;
  /** What it records; `null`: no journal. */
  readonly journal: Recording | null;
  /** Whether the watch is switched off. By default it is on. */
  readonly unwatched: boolean;
}

/** A journal, and what it keeps of the content of each message. Of every message its metadata is kept. */
export interface Recording {
  readonly directory: string;
  readonly payloads: "none" | "full";
}

/**
 * How far the gateway looks into messages, both ways. `frames`: the default guards, none of which reads content. `names`: a dialect
 * reads how each is called. `json`: a guard demands every message as JSON. `everything`: dialect, schema, permission, threat and leak, all of them.
 */
export type Looks = "frames" | "names" | "json" | "everything";

/**
 * Every default guard on. Only what would throttle a benchmark is raised: every client comes from one address and sends as
 * fast as it can. UTF-8 and the rules of RFC 6455 are always checked.
 */
export function defaultGuards({ origin, tokens }: GuardFacts): RouteOptions {
  return {
    origin: { allow: [origin] },
    identity: {
      jwt: {
        issuer: tokens.issuer,
        audience: tokens.audience,
        jwksFile: tokens.keySetFile,
        algorithms: ["ES256"],
      },
    },
    connectionLimit: { total: 20_000, perAddress: 20_000, handshakesPerAddress: "100000/s" },
    messageSize: { inbound: "1MiB", outbound: "1MiB" },
    messageRate: { perConnection: "1000000/s", bytesPerConnection: "100GiB/s" },
  };
}

/** A rule for each direction that looks into every message and lets it pass. */
const READS_JSON = {
  otherwise: "allow",
  rules: ["inbound", "outbound"].map((direction) => ({
    direction,
    when: 'message.type == "never"',
    allow: "false",
  })),
};

const SCHEMA = fileURLToPath(new URL("message.schema.json", import.meta.url));

/** Every guard of content, in force. What would refuse the large messages of the benchmark is raised. */
const EVERYTHING = {
  dialect: "json",
  messageSchema: { inbound: SCHEMA, outbound: SCHEMA },
  permission: {
    otherwise: "deny",
    rules: ["inbound", "outbound"].map((direction) => ({
      direction,
      allow: 'message.name == "message" && message.data.room.startsWith("lobby-")',
    })),
  },
  threat: { hygiene: { keys: 100_000 } },
  leak: { action: "redact" },
};

const GUARDS_OF: Readonly<Record<Looks, object>> = {
  frames: {},
  names: { dialect: "json" },
  json: { permission: READS_JSON },
  everything: EVERYTHING,
};

/** The gateway's configuration file, as JSON, which YAML holds. */
export function gatewayConfig(facts: GatewayFacts): string {
  const { backend, tls, looks, journal, unwatched } = facts;
  const route = {
    path: "/bench",
    upstream: `ws://127.0.0.1:${backend}`,
    ...defaultGuards(facts),
    ...GUARDS_OF[looks],
  };
  return JSON.stringify({
    version: 1,
    listen: [{ address: "127.0.0.1:0", tls: tls ?? "off" }],
    log: { format: "json", level: "warn" },
    ...(unwatched ? { watch: "off" } : {}),
    journal:
      journal === null
        ? "off"
        : { ...journal, key: randomBytes(32).toString("base64"), retain: { size: "10GiB" } },
    routes: [route],
  });
}

/** The same guards for `attach`. @param path of the server's own endpoint */
export function attachPolicy(facts: GuardFacts, path: string): AttachInput {
  return { routes: [{ path, ...defaultGuards(facts) }] };
}
