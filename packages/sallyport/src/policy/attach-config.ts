import type { Finding } from "./config-issues.ts";
import { nowhere, type ConfigDocument } from "./config-document.ts";
import type { OutputInput } from "./output-input.ts";
import type { JournalInput, ListenerInput, RouteInput, RouteOptions } from "./define-config.ts";
import { resolveConfig, type LoadResult } from "./load-config.ts";
import { asList, asMapping, valueAt } from "./raw-config.ts";
import type { WatchInput } from "./watch-input.ts";

/** One route of a server that the gate is attached to: as in a configuration file, without an upstream. */
export type AttachRouteInput = Omit<RouteInput, "upstream">;

/** What `attach` takes: the routes that are guarded. The server itself listens, and is the application. */
export interface AttachInput extends OutputInput {
  /** Addresses or CIDRs of proxies in front whose forwarding header is believed. Nobody is by default. */
  readonly trustedProxies?: ListenerInput["trustedProxies"];
  readonly forwardedHeader?: ListenerInput["forwardedHeader"];
  /** Absent: none. */
  readonly journal?: "off" | false | JournalInput;
  /** Absent: on, with answers that only tell. */
  readonly watch?: "off" | false | WatchInput;
  readonly defaults?: RouteOptions;
  readonly routes: readonly AttachRouteInput[];
}

// The server listens and is the application: these stand where a configuration file says so, and are never used.
const OWN_LISTENER = { address: "127.0.0.1:0", tls: "off" } as const;
const OWN_APPLICATION = "ws://127.0.0.1:1";

/** Finds every problem of what `attach` was given, or makes the effective configuration of it. Never rejects. */
export function loadAttachConfig(input: unknown, directory: string): Promise<LoadResult> {
  const { trustedProxies, forwardedHeader, listen, ...rest } = asMapping(input) ?? { routes: input };
  const routes = asList(rest["routes"]).map((route) => {
    const mapping = asMapping(route);
    return mapping === null ? route : Object.assign({}, mapping, { upstream: OWN_APPLICATION });
  });
  const listener = {
    ...OWN_LISTENER,
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    ...(forwardedHeader === undefined ? {} : { forwardedHeader }),
  };
  const value = { ...rest, version: 1, listen: [listener], routes };
  const document: ConfigDocument = { file: null, base: directory, value, locate: () => nowhere };
  const notHere = listen === undefined ? [] : [unwanted(["listen"])];
  const upstreams = asList(rest["routes"]).flatMap((route, index) =>
    valueAt(route, ["upstream"]) === undefined ? [] : [unwanted(["routes", index, "upstream"])],
  );
  return resolveConfig(document, { attached: true }, [...notHere, ...upstreams]);
}

function unwanted(path: readonly (string | number)[]): Finding {
  const mend = "Leave it out: the server that is attached to listens, and is the application";
  return { path, found: "a key of the gateway", expected: "nothing here", mend };
}
