/** One line of a panel, or one value: PromQL, and how its series are named (`{{label}}`). */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** From a value on, a colour: what is good, worth a look, bad. */
export interface Threshold {
  readonly from: number | null;
  readonly colour: "green" | "yellow" | "red";
}

/** A panel of the dashboard. */
export interface Panel {
  readonly title: string;
  /** What it says, and what to do about it. */
  readonly description: string;
  readonly type: "stat" | "timeseries";
  /** A unit of Grafana: `short`, `reqps`, `s`, `bytes`, `Bps`, `percentunit`, `dateTimeFromNow`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly thresholds?: readonly Threshold[];
  /** Areas on top of each other: the height of all is their sum. */
  readonly stacked?: true;
}

/** Panels that belong together. */
export interface PanelRow {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Every gate that is chosen; every route, where the metric has one. */
const GATE = 'instance=~"$instance"';
const ROUTE = `${GATE},route=~"$route"`;

/** How fast a counter grows, by labels. */
function rate(name: string, labels: readonly string[], matchers = ROUTE): string {
  return `sum by (${labels.join(", ")}) (rate(${name}{${matchers}}[$__rate_interval]))`;
}

function rated(name: string, labels: readonly string[], matchers = ROUTE): Query {
  return {
    expr: rate(name, labels, matchers),
    legend: labels.map((label) => `{{${label}}}`).join(" "),
  };
}

/** Quantiles of a histogram. */
function quantiles(name: string, shares: readonly number[], matchers: string): Query[] {
  const buckets = `sum by (le) (rate(${name}_bucket{${matchers}}[$__rate_interval]))`;
  return shares.map((share) => ({
    expr: `histogram_quantile(${share}, ${buckets})`,
    legend: `p${share * 100}`,
  }));
}

const one = (expr: string, legend = ""): readonly Query[] => [{ expr, legend }];

const lines = (
  title: string,
  description: string,
  unit: string,
  queries: readonly Query[],
  more: Partial<Panel> = {},
): Panel => ({ title, description, type: "timeseries", unit, queries, ...more });

const stat = (
  title: string,
  description: string,
  unit: string,
  expr: string,
  thresholds: readonly Threshold[] = [{ from: null, colour: "green" }],
): Panel => ({ title, description, type: "stat", unit, queries: one(expr), thresholds });

const good = (colour: Threshold["colour"]): Threshold => ({ from: null, colour });
const from = (value: number, colour: Threshold["colour"]): Threshold => ({ from: value, colour });
const DAY_S = 86_400;

const overview: readonly Panel[] = [
  stat(
    "Ready",
    "1 when every chosen gate takes new connections. `/ready` on the admin address says why one does not.",
    "short",
    `min(sallyport_ready{${GATE}})`,
    [good("red"), from(1, "green")],
  ),
  stat("Open connections", "", "short", `sum(sallyport_connections_active{${ROUTE}})`),
  stat(
    "Messages",
    "Data messages that passed, both ways.",
    "reqps",
    rate("sallyport_messages_total", ["job"]),
  ),
  stat(
    "Refused handshakes",
    "Share of all handshakes in the last quarter of an hour.",
    "percentunit",
    `sum(rate(sallyport_handshakes_total{${ROUTE},verdict="refuse"}[15m])) / sum(rate(sallyport_handshakes_total{${ROUTE}}[15m]))`,
    [good("green"), from(0.1, "yellow"), from(0.5, "red")],
  ),
  stat(
    "Findings of the last hour",
    "What the watch noticed and was to be answered. `sallyport watch list` says what.",
    "short",
    `sum(increase(sallyport_findings_total{${GATE}}[1h])) or vector(0)`,
    [good("green"), from(1, "yellow"), from(10, "red")],
  ),
  stat("Bans in force", "`sallyport ban list` says whose.", "short", `max(sallyport_bans_active{${GATE}})`),
  stat(
    "The first certificate ends in",
    "Of all listeners. Certificates are read again when their files change.",
    "s",
    `min(sallyport_certificate_not_after_timestamp_seconds{${GATE}}) - time()`,
    [good("red"), from(3 * DAY_S, "yellow"), from(14 * DAY_S, "green")],
  ),
  stat(
    "Last reload",
    "0: the newest configuration was refused, and the one before is in force. `sallyport check` says why.",
    "short",
    `min(sallyport_config_last_reload_successful{${GATE}})`,
    [good("red"), from(1, "green")],
  ),
];

const connections: readonly Panel[] = [
  lines(
    "Open connections by route",
    "",
    "short",
    one(`sum by (route) (sallyport_connections_active{${ROUTE}})`, "{{route}}"),
    { stacked: true },
  ),
  lines(
    "Connections that ended",
    "By who ended them, and the close code: 1000 and 1001 are usual; ours are in the reference of errors.",
    "reqps",
    [rated("sallyport_connections_closed_total", ["by", "code"])],
  ),
  lines(
    "How long connections lasted",
    "A median that falls says that something ends them.",
    "s",
    quantiles("sallyport_connection_duration_seconds", [0.5, 0.9], ROUTE),
  ),
  lines(
    "Sockets",
    "Many more sockets than connections: peers that connect and say nothing. Dropped: a listener had all that it can have.",
    "short",
    [
      { expr: `sum by (listener) (sallyport_sockets_open{${GATE}})`, legend: "{{listener}} open" },
      {
        expr: rate("sallyport_sockets_dropped_total", ["listener"], GATE),
        legend: "{{listener}} dropped a second",
      },
    ],
  ),
];

const handshakes: readonly Panel[] = [
  lines("Handshakes", "", "reqps", [rated("sallyport_handshakes_total", ["verdict"])], { stacked: true }),
  lines(
    "Refusals by guard and code",
    "`sallyport explain CODE` says what each is and how to allow it. `observe`: it would have been refused.",
    "reqps",
    [rated("sallyport_handshakes_total", ["guard", "code", "verdict"], `${ROUTE},verdict!="admit"`)],
  ),
  lines(
    "How long an admitted handshake took",
    "The application's answer, and what an identity provider is asked, are part of it.",
    "s",
    quantiles("sallyport_handshake_duration_seconds", [0.5, 0.95, 0.99], `${ROUTE},outcome="admitted"`),
  ),
  lines(
    "Errors of applications",
    "Applications that could not be reached, were too slow, answered badly, or were lost.",
    "reqps",
    [
      rated("sallyport_handshakes_total", ["route", "code"], `${ROUTE},guard="upstream"`),
      rated("sallyport_decisions_total", ["route", "code"], `${ROUTE},guard="upstream"`),
    ],
  ),
  lines("Tickets", "Refused: used before, too old, or made up.", "reqps", [
    rated("sallyport_tickets_total", ["outcome"]),
  ]),
  lines("Renewed proofs", "Fresh tokens on open connections.", "reqps", [
    rated("sallyport_refreshes_total", ["route"]),
  ]),
];

const messages: readonly Panel[] = [
  lines("Messages", "Data messages that passed.", "reqps", [
    rated("sallyport_messages_total", ["route", "direction"]),
  ]),
  lines("Bytes", "Of the payload of data messages that passed.", "Bps", [
    rated("sallyport_message_bytes_total", ["route", "direction"]),
  ]),
  lines("Decisions by guard", "About messages and open connections; what passes is none.", "reqps", [
    rated("sallyport_decisions_total", ["guard", "verdict"]),
  ]),
  lines("Decisions by code", "", "reqps", [rated("sallyport_decisions_total", ["code", "direction"])]),
  lines(
    "Over the rate",
    "Messages over `messageRate`: their sender is then read more slowly, and closed after ten seconds of it.",
    "reqps",
    [rated("sallyport_rate_limited_total", ["route", "mode"])],
  ),
  lines("Leaks by detector", "What `leak` found in messages of applications.", "reqps", [
    rated("sallyport_leaks_total", ["detector", "verdict"]),
  ]),
];

const watch: readonly Panel[] = [
  lines("Findings by detector", "`sallyport watch list` says each in a sentence.", "reqps", [
    rated("sallyport_findings_total", ["detector", "severity"], GATE),
  ]),
  lines("Answers to findings", "What was done about them.", "reqps", [
    rated("sallyport_findings_total", ["answer", "outcome"], GATE),
  ]),
  lines("Alerts", "To webhooks.", "reqps", [rated("sallyport_alerts_total", ["outcome"], GATE)]),
  lines("Telemetry", "Records to collectors and files.", "reqps", [
    rated("sallyport_telemetry_records_total", ["output", "outcome"], GATE),
  ]),
  lines("Bans and revocations in force", "", "short", [
    { expr: `max by (instance) (sallyport_bans_active{${GATE}})`, legend: "{{instance}} bans" },
    { expr: `max by (instance) (sallyport_revocations_active{${GATE}})`, legend: "{{instance}} revocations" },
  ]),
  lines("Use of the admin API", "Without a name: no token was right.", "reqps", [
    rated("sallyport_admin_calls_total", ["name", "status"], GATE),
  ]),
];

const state: readonly Panel[] = [
  lines(
    "The engine is there",
    "0: it cannot be read and written. What is open goes on; new connections that need it are refused.",
    "short",
    one(`min by (instance, engine) (sallyport_state_up{${GATE}})`, "{{instance}} {{engine}}"),
  ),
  lines(
    "Outages, and what waits",
    "Bans and revocations that no other gate has heard of; what was put back into an engine that had lost it.",
    "short",
    [
      {
        expr: `sum by (instance) (increase(sallyport_state_outages_total{${GATE}}[1h]))`,
        legend: "{{instance}} outages within the hour",
      },
      {
        expr: `sum by (instance) (sallyport_state_unpublished{${GATE}})`,
        legend: "{{instance}} unpublished",
      },
      {
        expr: `sum by (instance) (increase(sallyport_state_put_back_total{${GATE}}[1h]))`,
        legend: "{{instance}} put back within the hour",
      },
      {
        expr: `sum by (instance) (increase(sallyport_state_misfits_total{${GATE}}[1h]))`,
        legend: "{{instance}} none of ours within the hour",
      },
    ],
  ),
  lines("Memory of the engine", "Full, it takes no writes. A limit of 0 is none.", "bytes", [
    { expr: `max by (engine) (sallyport_state_memory_bytes{${GATE}})`, legend: "{{engine}}" },
    { expr: `max by (engine) (sallyport_state_memory_limit_bytes{${GATE}})`, legend: "{{engine}} limit" },
  ]),
  lines(
    "Nodes that differ",
    "In what all must have alike: the key, the lease, limits, the format. Their log says what and where.",
    "short",
    one(`max by (instance, about) (sallyport_state_disagreements{${GATE}})`, "{{instance}} {{about}}"),
  ),
  lines(
    "Clock of the engine",
    "How far it is ahead of the gate's: more than five seconds are told in the log.",
    "s",
    one(`max by (instance) (sallyport_state_clock_ahead_seconds{${GATE}})`, "{{instance}}"),
  ),
];

const journal: readonly Panel[] = [
  lines("Records", "Shed: there was no room for them; only their number is kept.", "reqps", [
    rated("sallyport_journal_records_total", ["outcome"], GATE),
  ]),
  lines("Alarms", "`error`: the disk does not take records, or checkpoints cannot be kept.", "reqps", [
    rated("sallyport_journal_alarms_total", ["level"], GATE),
  ]),
  lines(
    "Waiting",
    "Under `whenFull: block`: while any wait, their senders are not read.",
    "short",
    one(`sum by (instance) (sallyport_journal_waiting{${GATE}})`, "{{instance}}"),
  ),
];

const gate: readonly Panel[] = [
  lines(
    "Time in the gate",
    "From when bytes were read until they were handed on: one reading in 64.",
    "s",
    quantiles("sallyport_processing_duration_seconds", [0.5, 0.99], GATE),
  ),
  lines(
    "Delay of the event loop",
    "What every message waits when the process is busy.",
    "s",
    quantiles("sallyport_event_loop_delay_seconds", [0.5, 0.99], GATE),
    { thresholds: [good("green"), from(0.05, "yellow"), from(0.1, "red")] },
  ),
  lines(
    "How busy a process is",
    "1 is all that a process can do: give the gate more workers before.",
    "percentunit",
    one(
      `sum by (instance) (rate(sallyport_event_loop_active_seconds_total{${GATE}}[$__rate_interval])) / sum by (instance) (sallyport_workers{${GATE}})`,
      "{{instance}}",
    ),
    { thresholds: [good("green"), from(0.7, "yellow"), from(0.9, "red")] },
  ),
  lines("CPU", "Of all processes of a gate; 1 is one processor.", "percentunit", [
    rated("process_cpu_seconds_total", ["instance"], `${GATE},job=~"sallyport.*"`),
  ]),
  lines(
    "Memory in use",
    "By how much there may be: from 0.9 on new connections are refused.",
    "percentunit",
    one(`max by (instance, what) (sallyport_memory_used_ratio{${GATE}})`, "{{instance}} {{what}}"),
    { thresholds: [good("green"), from(0.8, "yellow"), from(0.9, "red")] },
  ),
  lines(
    "Resident memory",
    "",
    "bytes",
    one(`sum by (instance) (process_resident_memory_bytes{${GATE},job=~"sallyport.*"})`, "{{instance}}"),
  ),
  lines("File descriptors", "A connection takes two. The limit is the service's `LimitNOFILE`.", "short", [
    { expr: `sum by (instance) (process_open_fds{${GATE},job=~"sallyport.*"})`, legend: "{{instance}} open" },
    { expr: `sum by (instance) (process_max_fds{${GATE},job=~"sallyport.*"})`, legend: "{{instance}} limit" },
  ]),
  lines("Workers", "", "short", [
    { expr: `sum by (instance) (sallyport_workers{${GATE}})`, legend: "{{instance}}" },
    {
      expr: `sum by (instance) (increase(sallyport_worker_deaths_total{${GATE}}[1h]))`,
      legend: "{{instance}} ended within the hour",
    },
  ]),
  lines(
    "What the gate tells of itself",
    "Its `gate` events by level, and lines of the log that nobody took.",
    "reqps",
    [
      rated("sallyport_gate_events_total", ["level"], GATE),
      { expr: rate("sallyport_log_lines_lost_total", ["instance"], GATE), legend: "{{instance}} lost lines" },
    ],
  ),
  lines(
    "Guards that lack something",
    "0: such as the keys of an identity provider; nobody gets in on that route until they are there.",
    "short",
    one(`min by (route, guard) (sallyport_guard_ready{${ROUTE}})`, "{{route}} {{guard}}"),
  ),
  lines("Policies and versions", "Gates that should be alike show one line each.", "short", [
    { expr: `count by (version) (sallyport_policy_info{${GATE}})`, legend: "policy {{version}}" },
    { expr: `count by (version) (sallyport_build_info{${GATE}})`, legend: "sallyport {{version}}" },
  ]),
];

/** Every panel of the dashboard, in rows. */
export const panelRows: readonly PanelRow[] = [
  { title: "At a glance", panels: overview },
  { title: "Connections", panels: connections },
  { title: "Handshakes", panels: handshakes },
  { title: "Messages", panels: messages },
  { title: "The watch", panels: watch },
  { title: "What gates share", panels: state },
  { title: "The journal", panels: journal },
  { title: "The process", panels: gate },
];
