import { connect, type Socket } from "node:net";
import { connect as connectSecure, type ConnectionOptions } from "node:tls";
import type { Upstream } from "../policy/policy.ts";

/** The TLS towards an application: its certificate must be valid for the upstream's host, by its own CA where it has one. */
export function upstreamTls({ host, ca }: Upstream): ConnectionOptions {
  return {
    servername: /^[\d.]+$|:/.test(host) ? "" : host,
    minVersion: "TLSv1.2",
    ...(ca === null ? {} : { ca }),
  };
}

/** Begins to connect to an application: TCP, TLS or a Unix socket. What is written meanwhile follows once it is connected. */
export function openUpstreamSocket(upstream: Upstream): Socket {
  const { host, port, socketPath } = upstream;
  if (upstream.secure)
    return connectSecure({ host, port, ALPNProtocols: ["http/1.1"], ...upstreamTls(upstream) });
  return socketPath === null ? connect({ host, port, noDelay: true }) : connect({ path: socketPath });
}
