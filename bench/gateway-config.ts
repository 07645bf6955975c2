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
  /** Whether a guard demands every message, both ways, as JSON. */
  readonly readsJson: boolean;
}

/**
 * Every default guard on. Only what would throttle a benchmark is raised: every client comes from one address and sends as
 * fast as it can. UTF-8 and the rules of RFC 6455 are always checked.
 */
function guards({ origin, tokens }: GuardFacts): RouteOptions {
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

/** The gateway's configuration file, as JSON, which YAML holds. */
export function gatewayConfig(facts: GatewayFacts): string {
  const { backend, tls, readsJson } = facts;
  const route = {
    path: "/bench",
    upstream: `ws://127.0.0.1:${backend}`,
    ...guards(facts),
    ...(readsJson ? { permission: READS_JSON } : {}),
  };
  return JSON.stringify({
    version: 1,
    listen: [{ address: "127.0.0.1:0", tls: tls ?? "off" }],
    log: { format: "json", level: "warn" },
    routes: [route],
  });
}

/** The same guards for `attach`. @param path of the server's own endpoint */
export function attachPolicy(facts: GuardFacts, path: string): AttachInput {
  return { routes: [{ path, ...guards(facts) }] };
}
