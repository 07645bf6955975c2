import type { Tokens } from "./tokens.ts";

/** What the gateway's configuration is made from. */
export interface GatewayPorts {
  readonly backend: number;
  readonly origin: string;
  readonly tokens: Tokens;
}

/**
 * The gateway with every default guard on. Only what would throttle a benchmark is raised: every client comes from one
 * address and sends as fast as it can. UTF-8 and the rules of RFC 6455 are always checked.
 */
export function gatewayConfig({ backend, origin, tokens }: GatewayPorts): string {
  return `version: 1
listen:
  - address: 127.0.0.1:0
    tls: off
log: { format: json, level: warn }
routes:
  - path: /bench
    upstream: ws://127.0.0.1:${backend}
    origin: { allow: [${JSON.stringify(origin)}] }
    identity:
      jwt:
        issuer: ${tokens.issuer}
        audience: ${tokens.audience}
        jwksFile: ${JSON.stringify(tokens.keySetFile)}
        algorithms: [ES256]
    connectionLimit: { total: 20000, perAddress: 20000, handshakesPerAddress: 100000/s }
    messageSize: { inbound: 1MiB, outbound: 1MiB }
    messageRate: { perConnection: 1000000/s, bytesPerConnection: 100GiB/s }
`;
}
