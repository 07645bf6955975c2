import type { LaneCounts, SallyportEvent } from "../events.ts";

/** `event.inbound` and `event.outbound` in an expression: what a lane carried; zeros where the event does not say. */
export class CelLane {
  /** The fields and their types: any other name is an error at load. */
  static readonly fields: Readonly<Record<string, string>> = { messages: "double", bytes: "double" };
  messages = 0;
  bytes = 0;

  /** Shows what a lane carried. */
  show(counts: LaneCounts | null): void {
    this.messages = counts?.messages ?? 0;
    this.bytes = counts?.bytes ?? 0;
  }
}

/**
 * `event` in an expression of the watch: the fields of all events, of which those are `null` that an event does not have. A class,
 * since the library finds the type of a value by its constructor; one object, filled anew for each event. Texts that only a person
 * reads (`detail`, `sentence`) are not among them: they may change.
 */
export class CelEvent {
  /** The fields and their types: any other name is an error at load. */
  static readonly fields: Readonly<Record<string, string>> = {
    type: "string",
    verdict: "dyn",
    guard: "dyn",
    code: "dyn",
    status: "dyn",
    route: "dyn",
    address: "dyn",
    user: "dyn",
    session: "dyn",
    path: "dyn",
    origin: "dyn",
    subprotocol: "dyn",
    host: "dyn",
    secure: "dyn",
    cookie: "dyn",
    provider: "dyn",
    issuer: "dyn",
    tenant: "dyn",
    credential: "dyn",
    direction: "dyn",
    closedBy: "dyn",
    closeCode: "dyn",
    durationMs: "dyn",
    inbound: "Lane",
    outbound: "Lane",
    name: "dyn",
    role: "dyn",
    method: "dyn",
    level: "dyn",
  };
  type = "";
  verdict: string | null = null;
  guard: string | null = null;
  code: string | null = null;
  status: number | null = null;
  route: string | null = null;
  address: string | null = null;
  user: string | null = null;
  session: string | null = null;
  path: string | null = null;
  origin: string | null = null;
  subprotocol: string | null = null;
  host: string | null = null;
  secure: boolean | null = null;
  cookie: boolean | null = null;
  provider: string | null = null;
  issuer: string | null = null;
  tenant: string | null = null;
  credential: string | null = null;
  direction: string | null = null;
  closedBy: string | null = null;
  closeCode: number | null = null;
  durationMs: number | null = null;
  readonly inbound: CelLane = new CelLane();
  readonly outbound: CelLane = new CelLane();
  name: string | null = null;
  role: string | null = null;
  method: string | null = null;
  level: string | null = null;

  /** Shows another event. */
  show(event: Everything): void {
    const { arrival } = event;
    const caller = arrival?.caller ?? null;
    this.type = event.type;
    this.verdict = event.verdict ?? null;
    this.guard = event.guard ?? null;
    this.code = event.code ?? null;
    this.status = event.status ?? null;
    this.route = event.route ?? null;
    this.address = event.address ?? null;
    this.user = event.user ?? null;
    this.session = event.session ?? null;
    this.path = event.path ?? null;
    this.origin = event.origin ?? null;
    this.subprotocol = event.subprotocol ?? null;
    this.host = arrival?.host ?? null;
    this.secure = arrival?.secure ?? null;
    this.cookie = arrival?.cookie ?? null;
    this.provider = caller?.provider ?? null;
    this.issuer = caller?.issuer ?? null;
    this.tenant = caller?.tenant ?? null;
    this.credential = caller?.credential ?? null;
    this.direction = event.direction ?? null;
    this.closedBy = event.closedBy ?? null;
    this.closeCode = event.closeCode ?? null;
    this.durationMs = event.durationMs ?? null;
    this.inbound.show(event.inbound ?? null);
    this.outbound.show(event.outbound ?? null);
    this.name = event.name ?? null;
    this.role = event.role ?? null;
    this.method = event.method ?? null;
    this.level = event.level ?? null;
  }
}

type Fields<E> = E extends unknown ? keyof E : never;
type FieldOf<E, K extends PropertyKey> = E extends unknown ? (K extends keyof E ? E[K] : never) : never;
/** Any event, as an object with the fields of all. */
type Everything = { readonly type: SallyportEvent["type"] } & {
  readonly [K in Exclude<Fields<SallyportEvent>, "type">]?: FieldOf<SallyportEvent, K> | undefined;
};
