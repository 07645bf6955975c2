/** What a gate exports for a while, and whether an alert fires then. */
export interface AlertCase {
  readonly alert: string;
  /** Values by series, a minute apart, in the notation of promtool: `0+5x20` grows by 5, `1x20` stays. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Labels of the alert besides those of the target; `null`: it does not fire. */
  readonly labels: Readonly<Record<string, string>> | null;
  /** Labels of the target that the alert keeps. Default: both. */
  readonly kept?: readonly ("job" | "instance")[];
}

type Series = AlertCase["series"];

/** Two cases of one alert: what makes it fire, with which labels, and what does not. */
function both(
  alert: string,
  { at, fires, labels = {}, quiet, kept = ["job", "instance"] }: BothCases,
): readonly AlertCase[] {
  return [
    { alert, series: fires, at, labels, kept },
    { alert, series: quiet, at, labels: null },
  ];
}

interface BothCases {
  readonly at: string;
  readonly fires: Series;
  readonly labels?: Readonly<Record<string, string>>;
  readonly quiet: Series;
  readonly kept?: AlertCase["kept"] & {};
}

/** Each in a metric of its own, from the beginning and appearing later. */
const gone = "_x20";
const later = (before: number, values: string): string => `_x${before} ${values}`;
const chat = { route: "/chat" };
const handshakes = (more: string): string => `sallyport_handshakes_total{route="/chat",${more}}`;

/** Buckets of a histogram in which all of so many a minute lie between two bounds. */
function between(name: string, [low, high]: readonly [string, string], more = ""): Series {
  return {
    [`${name}_bucket{${more}le="${low}"}`]: "0x30",
    [`${name}_bucket{${more}le="${high}"}`]: "0+600x30",
    [`${name}_bucket{${more}le="+Inf"}`]: "0+600x30",
  };
}

const DAY_S = 86_400;

/** Every alert, firing and quiet. Time begins at 0. */
export const alertCases: readonly AlertCase[] = [
  ...both("SallyportDown", { at: "5m", fires: { up: "0x10" }, quiet: { up: "1 0 1x10" } }),
  ...both("SallyportNotReady", {
    at: "10m",
    fires: { sallyport_ready: "0x20" },
    quiet: { sallyport_ready: "0x4 1x20" },
  }),
  ...both("SallyportStateDown", {
    at: "5m",
    fires: { 'sallyport_state_up{engine="redis://e"}': "0x20" },
    quiet: { 'sallyport_state_up{engine="redis://e"}': "1x4 0 1x20" },
    labels: { engine: "redis://e" },
  }),
  ...both("SallyportStateFlaps", {
    at: "30m",
    fires: { sallyport_state_outages_total: "0+1x30" },
    quiet: { sallyport_state_outages_total: "0x10 1x20" },
  }),
  ...both("SallyportStateUnpublished", {
    at: "10m",
    fires: { sallyport_state_unpublished: "2x20", 'sallyport_state_up{engine="redis://e"}': "1x20" },
    // While it is down they wait, and there is an alert for that.
    quiet: { sallyport_state_unpublished: "2x20", 'sallyport_state_up{engine="redis://e"}': "0x20" },
  }),
  ...both("SallyportStateMisfits", {
    at: "10m",
    fires: { sallyport_state_misfits_total: "0x5 1x10" },
    quiet: { sallyport_state_misfits_total: "1x20" },
  }),
  ...both("SallyportStateFull", {
    at: "10m",
    fires: {
      'sallyport_state_memory_bytes{engine="redis://e"}': "95x20",
      'sallyport_state_memory_limit_bytes{engine="redis://e"}': "100x20",
    },
    quiet: {
      'sallyport_state_memory_bytes{engine="redis://e"}': "95x20",
      'sallyport_state_memory_limit_bytes{engine="redis://e"}': "0x20",
    },
    labels: { engine: "redis://e" },
  }),
  ...both("SallyportStateWithoutBound", {
    at: "70m",
    fires: { 'sallyport_state_memory_limit_bytes{engine="redis://e"}': "0x80" },
    quiet: { 'sallyport_state_memory_limit_bytes{engine="redis://e"}': "100x80" },
    labels: { engine: "redis://e" },
  }),
  ...both("SallyportNodesDisagree", {
    at: "20m",
    fires: { 'sallyport_state_disagreements{about="key"}': "1x30" },
    quiet: { 'sallyport_state_disagreements{about="key"}': "1x10 0x20" },
    labels: { about: "key" },
  }),
  ...both("SallyportGuardNotReady", {
    at: "10m",
    fires: { 'sallyport_guard_ready{route="/chat",guard="identity"}': "0x20" },
    labels: { ...chat, guard: "identity" },
    quiet: { 'sallyport_guard_ready{route="/chat",guard="identity"}': "1x20" },
  }),
  ...both("SallyportRestarts", {
    at: "20m",
    fires: { process_start_time_seconds: "1x5 300x5 600x5 900x5" },
    quiet: { process_start_time_seconds: "1x5 300x20" },
  }),
  ...both("SallyportWorkerDied", {
    at: "10m",
    fires: { sallyport_worker_deaths_total: "0x5 1x10" },
    quiet: { sallyport_worker_deaths_total: "3x20" },
  }),
  ...both("SallyportGuardFailed", {
    at: "20m",
    fires: { [handshakes('code="session.guard-failed",verdict="refuse"')]: later(15, "1x10") },
    labels: chat,
    quiet: { [handshakes('code="session.guard-failed",verdict="refuse"')]: "1x30" },
  }),
  {
    alert: "SallyportGuardFailed",
    series: { 'sallyport_decisions_total{route="/chat",code="session.guard-failed"}': "1x17 2x10" },
    at: "20m",
    labels: chat,
  },
  ...both("SallyportUpstreamErrors", {
    at: "15m",
    fires: {
      [handshakes('verdict="refuse",guard="upstream"')]: "0+60x30",
      [handshakes('verdict="admit",guard=""')]: "0+600x30",
    },
    labels: chat,
    quiet: {
      [handshakes('verdict="refuse",guard="upstream"')]: "0+20x30",
      [handshakes('verdict="admit",guard=""')]: "0+6000x30",
    },
  }),
  ...both("SallyportSlowHandshakes", {
    at: "20m",
    fires: between("sallyport_handshake_duration_seconds", ["2.5", "10"], 'outcome="admitted",'),
    quiet: between("sallyport_handshake_duration_seconds", ["0.1", "0.25"], 'outcome="admitted",'),
  }),
  ...both("SallyportUnavailableServices", {
    at: "15m",
    fires: { [handshakes('code="identity.unavailable",verdict="refuse"')]: "0+2x30" },
    labels: { ...chat, code: "identity.unavailable" },
    quiet: { [handshakes('code="identity.unavailable",verdict="refuse"')]: "2x30" },
  }),
  ...both("SallyportReloadFailed", {
    at: "10m",
    fires: { sallyport_config_last_reload_successful: "1 0x20" },
    quiet: { sallyport_config_last_reload_successful: "0x2 1x20" },
  }),
  ...both("SallyportPoliciesDiffer", {
    at: "25m",
    fires: {
      'sallyport_policy_info{version="a"}': "1x30",
      'sallyport_policy_info{version="b",node="2"}': "1x30",
    },
    quiet: {
      'sallyport_policy_info{version="a"}': "1x30",
      'sallyport_policy_info{version="a",node="2"}': "1x30",
    },
    kept: ["job"],
  }),
  ...both("SallyportCertificateEndsSoon", {
    at: "20m",
    fires: { 'sallyport_certificate_not_after_timestamp_seconds{listener="l"}': `${13 * DAY_S}x180` },
    labels: { listener: "l" },
    quiet: { 'sallyport_certificate_not_after_timestamp_seconds{listener="l"}': `${80 * DAY_S}x180` },
  }),
  ...both("SallyportCertificateEnds", {
    at: "5m",
    fires: { 'sallyport_certificate_not_after_timestamp_seconds{listener="l"}': `${DAY_S}x180` },
    labels: { listener: "l" },
    quiet: { 'sallyport_certificate_not_after_timestamp_seconds{listener="l"}': `${3 * DAY_S}x180` },
  }),
  ...both("SallyportManyRefusals", {
    at: "20m",
    fires: {
      [handshakes('verdict="refuse",guard="origin"')]: "0+600x30",
      [handshakes('verdict="admit",guard=""')]: "0+60x30",
    },
    labels: chat,
    quiet: {
      [handshakes('verdict="refuse",guard="origin"')]: "0+600x30",
      [handshakes('verdict="admit",guard=""')]: "0+900x30",
    },
  }),
  ...both("SallyportFinding", {
    at: "25m",
    fires: { 'sallyport_findings_total{detector="fuzzing",severity="high"}': later(20, "1x10") },
    labels: { detector: "fuzzing" },
    quiet: {
      'sallyport_findings_total{detector="fuzzing",severity="high"}': "4x40",
      'sallyport_findings_total{detector="newName",severity="low"}': later(20, "1x10"),
    },
  }),
  ...both("SallyportAnswerFailed", {
    at: "25m",
    fires: { 'sallyport_findings_total{detector="replay",answer="ban",outcome="failed"}': "1x20 2x10" },
    labels: { detector: "replay", answer: "ban" },
    quiet: { 'sallyport_findings_total{detector="replay",answer="ban",outcome="done"}': "1x20 2x10" },
  }),
  ...both("SallyportLeaks", {
    at: "20m",
    fires: { 'sallyport_leaks_total{route="/chat",detector="card",verdict="report"}': "0+5x30" },
    labels: { ...chat, detector: "card" },
    quiet: { 'sallyport_leaks_total{route="/chat",detector="card",verdict="report"}': "0+1x30" },
  }),
  ...both("SallyportAdminTokensTried", {
    at: "20m",
    fires: { 'sallyport_admin_calls_total{name="",status="401"}': "0+5x30" },
    quiet: { 'sallyport_admin_calls_total{name="ops",status="200"}': "0+50x30" },
  }),
  ...both("SallyportSocketsDropped", {
    at: "20m",
    fires: { 'sallyport_sockets_dropped_total{listener="l"}': "0x15 9x15" },
    labels: { listener: "l" },
    quiet: { 'sallyport_sockets_dropped_total{listener="l"}': "9x30" },
  }),
  ...both("SallyportJournalSheds", {
    at: "20m",
    fires: { 'sallyport_journal_records_total{outcome="shed"}': "0x15 4x15" },
    quiet: { 'sallyport_journal_records_total{outcome="taken"}': "0+100x30" },
  }),
  ...both("SallyportJournalAlarm", {
    at: "20m",
    fires: { 'sallyport_journal_alarms_total{level="error"}': "0x15 1x15" },
    quiet: { 'sallyport_journal_alarms_total{level="warn"}': "0x15 1x15" },
  }),
  ...both("SallyportJournalWaits", {
    at: "10m",
    fires: { sallyport_journal_waiting: "3x20" },
    quiet: { sallyport_journal_waiting: "3 0 4 0 3 0 2 0 1 0 0" },
  }),
  ...both("SallyportLogLinesLost", {
    at: "20m",
    fires: { sallyport_log_lines_lost_total: "0x15 7x15" },
    quiet: { sallyport_log_lines_lost_total: "7x30" },
  }),
  ...both("SallyportAlertsNotSent", {
    at: "25m",
    fires: { 'sallyport_alerts_total{outcome="failed"}': later(20, "1x10") },
    quiet: { 'sallyport_alerts_total{outcome="sent"}': later(20, "1x10") },
  }),
  ...both("SallyportTelemetryNotSent", {
    at: "25m",
    fires: { 'sallyport_telemetry_records_total{output="otlp",outcome="dropped"}': "1x20 5x10" },
    labels: { output: "otlp" },
    quiet: { 'sallyport_telemetry_records_total{output="otlp",outcome="sent"}': "0+5x30" },
  }),
  ...both("SallyportMemoryShort", {
    at: "10m",
    fires: { 'sallyport_memory_used_ratio{what="heap"}': "0.9x20" },
    labels: { what: "heap" },
    quiet: { 'sallyport_memory_used_ratio{what="heap"}': "0.8x20" },
  }),
  ...both("SallyportBusy", {
    at: "30m",
    // Two workers: 115 of 120 seconds a minute, and then half of it.
    fires: { sallyport_event_loop_active_seconds_total: "0+115x40", sallyport_workers: "2x40" },
    quiet: { sallyport_event_loop_active_seconds_total: "0+58x40", sallyport_workers: "2x40" },
  }),
  ...both("SallyportSlow", {
    at: "25m",
    fires: between("sallyport_event_loop_delay_seconds", ["0.1", "0.25"]),
    quiet: between("sallyport_event_loop_delay_seconds", ["0.001", "0.0025"]),
  }),
  ...both("SallyportDescriptorsShort", {
    at: "10m",
    fires: { process_open_fds: "900x20", process_max_fds: "1024x20" },
    quiet: { process_open_fds: "900x20", process_max_fds: "65536x20" },
  }),
  // What the rules say nothing about while nothing is scraped: that is for SallyportDown.
  { alert: "SallyportNotReady", series: { sallyport_ready: gone }, at: "10m", labels: null },
];
