import type { Finding } from "./config-issues.ts";
import { nowhere, type ConfigDocument } from "./config-document.ts";
import type { OutputInput } from "./output-input.ts";
import type { JournalInput, ListenerInput, RouteInput, RouteOptions } from "./define-config.ts";
import { resolveConfig, type LoadResult } from "./load-config.ts";
import { asList, asMapping, valueAt } from "./raw-config.ts";
import type { StateInput } from "./state-input.ts";
import type { WatchInput } from "./watch-input.ts";

/** One route of a server that the gate is attached to: as in a configuration file, without an upstream. */
export type AttachRouteInput = Omit<RouteInput, "upstream">;

/** What `attach` takes: the routes that are guarded. The server itself listens, and is the application. */
export interface AttachInput extends OutputInput {
  /** Addresses or CIDRs of proxies in front whose forwarding header is believed. Nobody is by default. */
  readonly trustedProxies?: ListenerInput["trustedProxies"];
  readonly forwardedHeader?: ListenerInput["forwardedHeader"];
  /** Absent: in the memory of this process. */
  readonly state?: StateInput;
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
  const { document, rest, listen } = documentOf(input, directory, [OWN_LISTENER]);
  const notHere = listen === undefined ? [] : [unwanted(["listen"])];
  return resolveConfig(document, { attached: true }, [...notHere, ...unwantedUpstreams(rest)]);
}

/** What `listen` takes: the routes, and where it listens, unless that is a server of the application's. */
export interface ListenInput extends AttachInput {
  /** Its own listeners, as in a configuration file. */
  readonly listen?: ListenerInput | readonly ListenerInput[];
}

/** Finds every problem of what `listen` was given for listeners of its own, or makes the effective configuration of it. Never rejects. */
export function loadListenConfig(input: unknown, directory: string): Promise<LoadResult> {
  const written = asMapping(input)?.["listen"];
  const listeners = Array.isArray(written) ? asList(written) : written === undefined ? [] : [written];
  const { document, rest } = documentOf(input, directory, listeners);
  const forwards = asList(rest["routes"]).flatMap((route, index) =>
    valueAt(route, ["http"]) === "forward" ? [nobodyServes(["routes", index, "http"])] : [],
  );
  const all = valueAt(rest, ["defaults", "http"]) === "forward" ? [nobodyServes(["defaults", "http"])] : [];
  return resolveConfig(document, {}, [...all, ...forwards, ...unwantedUpstreams(rest)]);
}

interface InsideDocument {
  readonly document: ConfigDocument;
  /** All but where it listens. */
  readonly rest: Readonly<Record<string, unknown>>;
  readonly listen: unknown;
}

function documentOf(input: unknown, directory: string, listeners: readonly unknown[]): InsideDocument {
  const { trustedProxies, forwardedHeader, listen, ...rest } = asMapping(input) ?? { routes: input };
  const routes = asList(rest["routes"]).map((route) => {
    const mapping = asMapping(route);
    return mapping === null ? route : Object.assign({}, mapping, { upstream: OWN_APPLICATION });
  });
  const proxies = {
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    ...(forwardedHeader === undefined ? {} : { forwardedHeader }),
  };
  const listening = listeners.map((listener) => {
    const mapping = asMapping(listener);
    return mapping === null ? listener : Object.assign({}, proxies, mapping);
  });
  const value = { ...rest, version: 1, listen: listening, routes };
  return { document: { file: null, base: directory, value, locate: () => nowhere }, rest, listen };
}

function unwantedUpstreams(rest: Readonly<Record<string, unknown>>): readonly Finding[] {
  return asList(rest["routes"]).flatMap((route, index) =>
    valueAt(route, ["upstream"]) === undefined ? [] : [unwanted(["routes", index, "upstream"])],
  );
}

function nobodyServes(path: readonly (string | number)[]): Finding {
  const mend = "Leave it out, or give `listen` the server that serves plain requests: { server }";
  return { path, found: "`forward`", expected: "`refuse`: nobody serves plain requests here", mend };
}

function unwanted(path: readonly (string | number)[]): Finding {
  const mend = "Leave it out: the server that is attached to listens, and is the application";
  return { path, found: "a key of the gateway", expected: "nothing here", mend };
}
