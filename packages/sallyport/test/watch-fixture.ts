import type { DecisionEvent, HandshakeEvent, OpenEvent } from "../src/events.ts";
import type {
  Detector,
  DetectorDefinition,
  DetectorOptions,
  DetectorServices,
  Finding,
} from "../src/watch/detector.ts";
import { People } from "../src/watch/people.ts";
import { Places } from "../src/watch/places.ts";
import type { CredentialSignal, NameSignal, TrafficSignal } from "../src/watch/signal.ts";
import { watchOptions } from "../src/watch/watch-options.ts";
import { Watch, type NamedFinding } from "../src/watch/watch.ts";

export const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

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

/** What detectors are given, and what they find with it. */
export interface ServicesAtWork {
  readonly services: DetectorServices;
  readonly findings: Finding[];
}

/** Services that keep what is found. */
export function servicesOf(parts: Partial<DetectorServices> = {}): ServicesAtWork {
  const findings: Finding[] = [];
  const services = {
    find: (finding: Finding) => findings.push(finding),
    keys: 1024,
    learnMs: HOUR,
    places: new Places(),
    people: new People(1024, 1),
    seed: 1,
    ...parts,
  };
  return { services, findings };
}

/** A detector at work, of options as they are written. */
export function detectorOf<O extends DetectorOptions>(
  definition: DetectorDefinition<O>,
  options: unknown = {},
  parts: Partial<DetectorServices> = {},
): ServicesAtWork & { readonly detector: Detector } {
  const made = servicesOf(parts);
  return { ...made, detector: definition.create(definition.options.parse(options), made.services) };
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

const connection = { session: "s1", route: "/chat", address: "192.0.2.1", user: "ann" } as const;

/** A connection that was admitted. */
export function opening(parts: Partial<OpenEvent> = {}): OpenEvent {
  return { type: "open", ...connection, path: "/chat", origin: null, subprotocol: null, ...parts };
}

/** What a guard decided about a message of a client. */
export function decision(parts: Partial<DecisionEvent> = {}): DecisionEvent {
  return {
    type: "decision",
    verdict: "close",
    incident: "i",
    ...connection,
    direction: "inbound",
    guard: "messageSchema",
    code: "messageSchema.mismatch",
    detail: "",
    ...parts,
  };
}

/** What a connection carried in ten seconds. */
export function traffic(parts: Partial<TrafficSignal> = {}): TrafficSignal {
  return {
    type: "traffic",
    ...connection,
    spanMs: 10 * SECOND,
    inbound: { messages: 10, bytes: 1000 },
    outbound: { messages: 20, bytes: 4000 },
    ...parts,
  };
}

/** A message's name that had not been seen. */
export function naming(parts: Partial<NameSignal> = {}): NameSignal {
  return { type: "name", ...connection, direction: "inbound", name: "join", ...parts };
}

/** A credential that admitted a connection. */
export function credential(parts: Partial<CredentialSignal> = {}): CredentialSignal {
  return { type: "credential", ...connection, fingerprint: "f1", ...parts };
}
