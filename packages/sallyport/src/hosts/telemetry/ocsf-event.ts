import type {
  AdminEvent,
  ClosedEvent,
  GateEvent,
  HandshakeEvent,
  OpenEvent,
  RefreshEvent,
  SallyportEvent,
} from "../../events.ts";
import { eventWords } from "./event-words.ts";
import { decisionFinding, watchFinding } from "./ocsf-findings.ts";
import {
  control,
  endpointOf,
  INBOUND,
  ocsfSeverities,
  seen,
  statusOf,
  userOf,
  type MappedEvent,
  type OcsfFields,
} from "./ocsf-parts.ts";

/** The release of OCSF that events are written in. */
export const OCSF_VERSION = "1.8.0";

const CATEGORIES: Readonly<Record<number, string>> = {
  2: "Findings",
  3: "Identity & Access Management",
  4: "Network Activity",
  6: "Application Activity",
};
/** An activity that the class has no number for. */
const OTHER = 99;

/**
 * An event as OCSF 1.8.0 has it: connections as Network Activity (4001), refused handshakes as HTTP Activity (4002), or as
 * Authentication (3002) where the caller's proof was refused, renewals as Authentication, decisions and findings as Detection Finding
 * (2004), calls of the admin API as API Activity (6003), and the gate's own life as Application Lifecycle (6002) or Error (6008).
 */
export function ocsfEvent(event: SallyportEvent, at: number, version: string): OcsfFields {
  const product = { name: "Sallyport", vendor_name: "Sallyport", version };
  const { kind, fields, code, incident } = mapped(event, product);
  const category = Math.floor(kind.class / 1000);
  const withProfile = "action_id" in fields;
  return {
    metadata: {
      version: OCSF_VERSION,
      product,
      ...(withProfile && { profiles: ["security_control"] }),
      ...(incident !== undefined && { correlation_uid: incident }),
      ...(code !== undefined && { event_code: code }),
    },
    time: at,
    category_uid: category,
    category_name: CATEGORIES[category],
    class_uid: kind.class,
    class_name: kind.className,
    activity_id: kind.activity,
    activity_name: kind.activityName,
    type_uid: kind.class * 100 + kind.activity,
    type_name: `${kind.className}: ${kind.activityName}`,
    severity_id: ocsfSeverities[kind.severity],
    severity: kind.severity,
    message: eventWords(event),
    ...fields,
  };
}

function mapped(event: SallyportEvent, product: OcsfFields): MappedEvent {
  switch (event.type) {
    case "handshake":
      return event.guard === "identity" ? authentication(event) : httpActivity(event);
    case "open":
      return opened(event);
    case "refresh":
      return refreshed(event);
    case "decision":
      return decisionFinding(event);
    case "closed":
      return closed(event);
    case "admin":
      return adminCall(event);
    case "finding":
      return watchFinding(event);
    case "gate":
      return ownLife(event, product);
    default:
      return event satisfies never;
  }
}

function httpActivity(event: HandshakeEvent): MappedEvent {
  const isUpgrade = event.arrival?.kind !== "http";
  return {
    kind: {
      class: 4002,
      className: "HTTP Activity",
      // A handshake is a GET; over HTTP/2 it stands for one (RFC 8441 5).
      ...(isUpgrade ? { activity: 3, activityName: "Get" } : { activity: OTHER, activityName: "Request" }),
      severity: event.verdict === "refuse" ? "Low" : "Informational",
    },
    code: event.code,
    incident: event.incident,
    fields: {
      ...refusal(event),
      http_request: httpRequest(event),
      http_response: { code: event.status },
      src_endpoint: endpointOf(event.address),
      ...(event.arrival !== undefined && { dst_endpoint: { hostname: event.arrival.host } }),
      app_protocol_name: isUpgrade ? "websocket" : "http",
      ...seen(event),
    },
  };
}

function authentication(event: HandshakeEvent): MappedEvent {
  return {
    kind: {
      class: 3002,
      className: "Authentication",
      activity: 1,
      activityName: "Logon",
      severity: event.verdict === "refuse" ? "Low" : "Informational",
    },
    code: event.code,
    incident: event.incident,
    fields: {
      ...refusal(event),
      user: userOf(event.user),
      service: { name: event.route ?? "sallyport" },
      src_endpoint: endpointOf(event.address),
      http_request: httpRequest(event),
      http_response: { code: event.status },
      is_remote: true,
      ...seen(event),
    },
  };
}

/** That it was refused, or would have been, by which guard and why. */
function refusal({ verdict, guard, code, status, detail }: HandshakeEvent): OcsfFields {
  const refused = verdict === "refuse";
  return {
    ...control(refused ? "Denied" : "Observed", refused ? "Blocked" : "Logged"),
    ...statusOf(!refused, String(status), detail),
    policy: { name: guard, uid: code },
  };
}

function opened(event: OpenEvent): MappedEvent {
  return {
    kind: {
      class: 4001,
      className: "Network Activity",
      activity: 1,
      activityName: "Open",
      severity: "Informational",
    },
    fields: {
      ...control("Allowed", "Allowed"),
      ...statusOf(true, "101"),
      ...connection(event),
      url: { path: event.path },
      ...seen(event),
    },
  };
}

function closed(event: ClosedEvent): MappedEvent {
  const { inbound, outbound, durationMs } = event;
  // A close by the gate is one by a device in the middle, as the class has it.
  const byGate = event.closedBy === "gate";
  return {
    kind: {
      class: 4001,
      className: "Network Activity",
      activity: byGate ? 3 : 2,
      activityName: byGate ? "Reset" : "Close",
      severity: "Informational",
    },
    fields: {
      ...statusOf(true, String(event.closeCode)),
      ...connection(event),
      duration: Math.round(durationMs),
      // The source is the client.
      traffic: {
        bytes_out: inbound.bytes,
        bytes_in: outbound.bytes,
        bytes: inbound.bytes + outbound.bytes,
      },
      ...seen(event, { messages_in: inbound.messages, messages_out: outbound.messages }),
    },
  };
}

function connection(event: OpenEvent | ClosedEvent): OcsfFields {
  return {
    connection_info: { ...INBOUND, protocol_name: "tcp", session: { uid: event.session } },
    src_endpoint: endpointOf(event.address),
    dst_endpoint: { svc_name: event.route },
    app_protocol_name: "websocket",
  };
}

function refreshed(event: RefreshEvent): MappedEvent {
  return {
    kind: {
      class: 3002,
      className: "Authentication",
      activity: OTHER,
      activityName: "Renew",
      severity: "Informational",
    },
    fields: {
      ...statusOf(true),
      user: userOf(event.user),
      service: { name: event.route },
      src_endpoint: endpointOf(event.address),
      session: {
        uid: event.session,
        ...(event.until !== null && { expiration_time: Date.parse(event.until) }),
      },
      is_remote: true,
      ...seen(event),
    },
  };
}

const METHODS: Readonly<Record<string, readonly [number, string]>> = {
  POST: [1, "Create"],
  GET: [2, "Read"],
  PUT: [3, "Update"],
  PATCH: [3, "Update"],
  DELETE: [4, "Delete"],
};

function adminCall(event: AdminEvent): MappedEvent {
  const { name, role, method, path, status, detail } = event;
  const [activity, activityName] = METHODS[method] ?? [OTHER, "Other"];
  const ok = status < 400;
  return {
    kind: {
      class: 6003,
      className: "API Activity",
      activity,
      activityName,
      severity: ok ? "Informational" : "Low",
    },
    fields: {
      ...control(ok ? "Allowed" : "Denied", ok ? "Allowed" : "Blocked"),
      ...statusOf(ok, String(status), detail),
      actor: { user: userOf(name) },
      ...(role !== null && { unmapped: { role } }),
      api: { operation: `${method} ${path}`, service: { name: "sallyport admin API" } },
      http_request: { http_method: method, url: { path } },
      http_response: { code: status },
      src_endpoint: endpointOf(event.address),
    },
  };
}

function ownLife({ level, message, detail }: GateEvent, product: OcsfFields): MappedEvent {
  const told = { status_detail: detail ?? message };
  if (level === "error")
    return {
      kind: {
        class: 6008,
        className: "Application Error",
        activity: 1,
        activityName: "General Error",
        severity: "High",
      },
      fields: told,
    };
  return {
    kind: {
      class: 6002,
      className: "Application Lifecycle",
      activity: OTHER,
      activityName: "Other",
      severity: level === "warn" ? "Low" : "Informational",
    },
    fields: { ...told, app: product },
  };
}

function httpRequest({ path, origin, arrival }: HandshakeEvent): OcsfFields {
  const isUpgrade = arrival?.kind !== "http";
  return {
    ...(isUpgrade && { http_method: "GET" }),
    url: {
      path,
      ...(arrival !== undefined && { hostname: arrival.host, scheme: arrival.secure ? "https" : "http" }),
    },
    ...(origin !== null && { http_headers: [{ name: "Origin", value: origin }] }),
  };
}
