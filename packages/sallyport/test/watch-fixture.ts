import type { HandshakeEvent } from "../src/events.ts";
import { watchOptions } from "../src/watch/watch-options.ts";
import { Watch, type NamedFinding } from "../src/watch/watch.ts";

/** A watch, and all that it finds. */
export interface WatchAtWork {
  readonly watch: Watch;
  readonly findings: NamedFinding[];
}

/** Makes a watch of options as they are written. */
export function watchOf(options: unknown = {}): WatchAtWork {
  const findings: NamedFinding[] = [];
  let incidents = 0;
  const watch = new Watch(watchOptions.parse(options), {
    newIncident: () => `incident-${(incidents += 1)}`,
    onFinding: (finding) => findings.push(finding),
  });
  return { watch, findings };
}

/** A handshake that was refused. */
export function refusal(parts: Partial<HandshakeEvent> = {}): HandshakeEvent {
  return {
    type: "handshake",
    verdict: "refuse",
    incident: "i",
    guard: "handshake",
    code: "handshake.no-route",
    status: 404,
    detail: "",
    route: null,
    address: "192.0.2.1",
    user: null,
    path: "/",
    origin: null,
    ...parts,
  };
}
