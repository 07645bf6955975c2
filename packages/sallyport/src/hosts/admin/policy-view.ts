import type { Policy } from "../../policy/policy.ts";
import type { GuardInForce, RouteInForce } from "../dashboard/policy-message.ts";

/** A policy as operators see it. Plain data, and no secret. */
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
    readonly guards: readonly GuardInForce[];
  }[];
}

/** Describes a policy, but for the values of its guards: they stand in the configuration. */
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
      guards: guards.map(({ name, mode }) => ({ name, mode, values: [] })),
    })),
  };
}

/** A policy with the values that its guards go by. @param values those of the configuration that it was compiled from */
export function withValues(view: PolicyView, values: readonly RouteInForce[]): PolicyView {
  const routes = view.routes.map((route) => {
    const known = values.find((candidate) => candidate.route === route.route)?.guards ?? [];
    const guards = route.guards.map((guard) => known.find(({ name }) => name === guard.name) ?? guard);
    return { ...route, guards };
  });
  return { ...view, routes };
}
