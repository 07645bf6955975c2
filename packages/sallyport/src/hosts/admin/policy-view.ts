import type { Policy } from "../../policy/policy.ts";

/** A policy as operators see it. Plain data, and no secret: neither keys nor the options of guards. */
export interface PolicyView {
  readonly version: string;
  readonly listeners: readonly {
    readonly address: string;
    /** As configured; 0: a free one was asked for. */
    readonly port: number;
    readonly tls: "off" | "development" | "files" | "acme";
  }[];
  readonly routes: readonly {
    /** Its label in the log and the metrics. */
    readonly route: string;
    readonly hosts: readonly string[];
    readonly path: string;
    readonly upstream: string;
    readonly http: "refuse" | "forward";
    /** In the order in which they are asked. */
    readonly guards: readonly { readonly name: string; readonly mode: "enforce" | "observe" }[];
  }[];
}

/** Describes a policy. */
export function describePolicy({ version, listeners, routes }: Policy): PolicyView {
  return {
    version,
    listeners: listeners.map(({ address, port, tls }) => ({ address, port, tls: tls.kind })),
    routes: routes.map(({ id, hosts, path, upstream, http, guards }) => ({
      route: id,
      hosts,
      path,
      upstream: upstream.text,
      http,
      guards: guards.map(({ name, mode }) => ({ name, mode })),
    })),
  };
}
