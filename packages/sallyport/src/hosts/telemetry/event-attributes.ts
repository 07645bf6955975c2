import type { Direction, SallyportEvent, ToldArrival } from "../../events.ts";

/** The value of an attribute. */
export type AttributeValue = string | number | boolean | readonly string[];
/** Attributes by name. */
export type EventAttributes = Readonly<Record<string, AttributeValue>>;

const IO_DIRECTION: Readonly<Record<Direction, string>> = { inbound: "receive", outbound: "transmit" };

/**
 * An event's fields under the names that OpenTelemetry has for them (semantic conventions 1.45: `client.address`, `user.id`,
 * `session.id`, `url.path`, `error.type` and others), and under `sallyport.` where it has none. What is `null` is left out.
 */
export function eventAttributes(event: SallyportEvent): EventAttributes {
  return present(fieldsOf(event));
}

type Fields = Readonly<Record<string, AttributeValue | null | undefined>>;

function fieldsOf(event: SallyportEvent): Fields {
  switch (event.type) {
    case "handshake":
      return {
        ...connectionFields(event),
        ...requestFields(event),
        "http.response.status_code": event.status,
        "error.type": event.code,
        "sallyport.verdict": event.verdict,
        "sallyport.guard": event.guard,
        "sallyport.incident": event.incident,
        "sallyport.detail": event.detail,
      };
    case "open":
      return {
        ...connectionFields(event),
        ...requestFields(event),
        "http.response.status_code": 101,
        "sallyport.subprotocol": event.subprotocol,
      };
    case "refresh":
      return { ...connectionFields(event), "sallyport.until": event.until };
    case "decision":
      return {
        ...connectionFields(event),
        "network.io.direction": event.direction === null ? null : IO_DIRECTION[event.direction],
        "error.type": event.code,
        "sallyport.verdict": event.verdict,
        "sallyport.guard": event.guard,
        "sallyport.incident": event.incident,
        "sallyport.detail": event.detail,
      };
    case "closed":
      return {
        ...connectionFields(event),
        "sallyport.closed_by": event.closedBy,
        "sallyport.close_code": event.closeCode,
        "sallyport.duration_ms": event.durationMs,
        "sallyport.inbound.messages": event.inbound.messages,
        "sallyport.inbound.bytes": event.inbound.bytes,
        "sallyport.outbound.messages": event.outbound.messages,
        "sallyport.outbound.bytes": event.outbound.bytes,
      };
    case "admin":
      return {
        "client.address": event.address,
        "user.id": event.name,
        "user.roles": event.role === null ? null : [event.role],
        "http.request.method": event.method,
        "url.path": event.path,
        "http.response.status_code": event.status,
        "sallyport.detail": event.detail,
      };
    case "finding":
      return findingFields(event);
    case "gate":
      return { "sallyport.detail": event.detail };
    default:
      return event satisfies never;
  }
}

function connectionFields(event: {
  readonly session?: string | null;
  readonly route: string | null;
  readonly address: string | null;
  readonly user: string | null;
}): Fields {
  return {
    "client.address": event.address,
    "user.id": event.user,
    "session.id": event.session,
    "network.protocol.name": "websocket",
    "sallyport.route": event.route,
  };
}

function requestFields(event: {
  readonly path: string;
  readonly origin: string | null;
  readonly arrival?: ToldArrival;
}): Fields {
  const { path, origin, arrival } = event;
  return {
    "url.path": path,
    "http.request.header.origin": origin === null ? null : [origin],
    "url.scheme": arrival === undefined ? null : scheme(arrival),
    "server.address": arrival?.host,
    // A page or a ticket that was asked for at a route.
    ...(arrival?.kind === "http" && { "network.protocol.name": "http" }),
    "sallyport.identity.provider": arrival?.caller?.provider,
  };
}

function scheme({ kind, secure }: ToldArrival): string {
  const plain = kind === "http" ? "http" : "ws";
  return secure ? `${plain}s` : plain;
}

function findingFields(event: SallyportEvent & { readonly type: "finding" }): Fields {
  const measured = Object.entries(event.measured).map(
    ([name, value]) => [`sallyport.measured.${name}`, value] as const,
  );
  return {
    ...connectionFields(event),
    "sallyport.detector": event.detector,
    "sallyport.severity": event.severity,
    "sallyport.incident": event.incident,
    "sallyport.subject.kind": event.subject.kind,
    "sallyport.subject.value": event.subject.value,
    "sallyport.answer": event.answer,
    "sallyport.outcome": event.outcome,
    "sallyport.detail": event.detail,
    "sallyport.references": event.references,
    ...Object.fromEntries(measured),
  };
}

function present(fields: Fields): EventAttributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== null && value !== undefined && value !== "") attributes[name] = value;
  return attributes;
}
