/** One metric: what it is, and what its labels are. Every label's value is of the configuration or the registry, never of a peer. */
export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in the metric's unit. */
  readonly buckets?: readonly number[];
  /** How the values of several processes become one; counters and histograms add up. Default of gauges: `sum`. */
  readonly workers?: "sum" | "min" | "max";
  /** When it is there; absent: always. */
  readonly where?: string;
}

/** The metrics, by name. */
export type MetricName =
  | "sallyport_build_info"
  | "sallyport_policy_info"
  | "sallyport_config_last_reload_successful"
  | "sallyport_config_last_reload_success_timestamp_seconds"
  | "sallyport_ready"
  | "sallyport_guard_ready"
  | "sallyport_certificate_not_after_timestamp_seconds"
  | "sallyport_sockets_open"
  | "sallyport_sockets_dropped_total"
  | "sallyport_connections_active"
  | "sallyport_connections_closed_total"
  | "sallyport_connection_duration_seconds"
  | "sallyport_handshakes_total"
  | "sallyport_handshake_duration_seconds"
  | "sallyport_refreshes_total"
  | "sallyport_tickets_total"
  | "sallyport_messages_total"
  | "sallyport_message_bytes_total"
  | "sallyport_rate_limited_total"
  | "sallyport_processing_duration_seconds"
  | "sallyport_decisions_total"
  | "sallyport_leaks_total"
  | "sallyport_findings_total"
  | "sallyport_watch_keys"
  | "sallyport_watch_detector_off"
  | "sallyport_watch_signals_total"
  | "sallyport_watch_signals_left_out_total"
  | "sallyport_watch_findings_kept"
  | "sallyport_alerts_total"
  | "sallyport_telemetry_records_total"
  | "sallyport_bans_active"
  | "sallyport_revocations_active"
  | "sallyport_state_up"
  | "sallyport_state_outages_total"
  | "sallyport_state_unpublished"
  | "sallyport_state_put_back_total"
  | "sallyport_state_misfits_total"
  | "sallyport_state_clock_ahead_seconds"
  | "sallyport_state_disagreements"
  | "sallyport_state_memory_bytes"
  | "sallyport_state_memory_limit_bytes"
  | "sallyport_admin_calls_total"
  | "sallyport_gate_events_total"
  | "sallyport_log_lines_lost_total"
  | "sallyport_journal_records_total"
  | "sallyport_journal_alarms_total"
  | "sallyport_journal_waiting"
  | "sallyport_memory_used_ratio"
  | "sallyport_event_loop_delay_seconds"
  | "sallyport_event_loop_active_seconds_total"
  | "sallyport_workers"
  | "sallyport_worker_deaths_total"
  | "process_cpu_seconds_total"
  | "process_resident_memory_bytes"
  | "process_open_fds"
  | "process_max_fds"
  | "process_start_time_seconds";

const counter = (labels: readonly string[], help: string, where?: string): MetricRow => ({
  type: "counter",
  labels,
  help,
  ...(where === undefined ? {} : { where }),
});
const gauge = (
  labels: readonly string[],
  help: string,
  more: Pick<MetricRow, "workers" | "where"> = {},
): MetricRow => ({ type: "gauge", labels, help, ...more });
const histogram = (labels: readonly string[], buckets: readonly number[], help: string): MetricRow => ({
  type: "histogram",
  labels,
  buckets,
  help,
});

const WITH_JOURNAL = "the configuration has a journal";
const WITH_WORKERS = "the gate runs with `--workers`";
const WITH_ENGINE = "the state is shared through an engine";
const LINUX = "the system is Linux";

/** Lasting connections: a second to a day. */
const LIVES_S: readonly number[] = [1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600];
/** A handshake waits for an application, and perhaps a provider: a millisecond to the ten seconds that it may take. */
const HANDSHAKES_S: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** Guards answer in microseconds; a large message that content guards read takes milliseconds. */
const PROCESSING_S: readonly number[] = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.001, 0.005, 0.025, 0.1,
];
/** A turn of the event loop is short; from 50 ms on peers notice. */
const DELAYS_S: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Every metric of `/metrics`, in the order of the reference page. */
export const metricTable: Readonly<Record<MetricName, MetricRow>> = {
  sallyport_connections_active: gauge(["route"], "Open connections."),
  sallyport_connections_closed_total: counter(
    ["route", "by", "code"],
    "Connections that ended, by who ended them and the close code; codes of applications are one label for each thousand.",
  ),
  sallyport_connection_duration_seconds: histogram(["route"], LIVES_S, "How long connections lasted."),
  sallyport_sockets_open: gauge(
    ["listener"],
    "Open sockets of a listener: connections, plain requests, and those that have not said yet what they are.",
  ),
  sallyport_sockets_dropped_total: counter(
    ["listener"],
    "Sockets that a listener dropped at once because it had 65,536.",
  ),
  sallyport_handshakes_total: counter(
    ["route", "verdict", "guard", "code"],
    "Handshakes by verdict, with the guard and code that refused.",
  ),
  sallyport_handshake_duration_seconds: histogram(
    ["route", "outcome"],
    HANDSHAKES_S,
    "How long upgrades took, the application's answer included.",
  ),
  sallyport_refreshes_total: counter(["route"], "Identities that were renewed on open connections."),
  sallyport_tickets_total: counter(
    ["route", "outcome"],
    "Tickets that were issued, redeemed, or presented and refused.",
  ),
  sallyport_messages_total: counter(["route", "direction"], "Data messages that passed."),
  sallyport_message_bytes_total: counter(
    ["route", "direction"],
    "Payload bytes of data messages that passed.",
  ),
  sallyport_rate_limited_total: counter(
    ["route", "mode"],
    "Messages over the rate of messageRate: with mode enforce the gate then reads nothing from the peer for a while.",
  ),
  sallyport_processing_duration_seconds: histogram(
    ["direction"],
    PROCESSING_S,
    "How long the gate took for what was read at once, until it was handed to the other side; measured for one reading in 64.",
  ),
  sallyport_decisions_total: counter(
    ["route", "verdict", "guard", "code", "direction"],
    "Decisions of guards about open connections and their messages.",
  ),
  sallyport_leaks_total: counter(
    ["route", "detector", "verdict"],
    "What detectors of leak found in messages, by what was decided about the message.",
  ),
  sallyport_findings_total: counter(
    ["detector", "severity", "answer", "outcome"],
    "Findings of the watch, by what was to be done and whether it was.",
  ),
  sallyport_watch_keys: gauge(
    ["detector"],
    "Addresses, users and sessions that a detector of the watch tells apart.",
  ),
  sallyport_watch_detector_off: gauge(
    ["detector"],
    "1 for a detector of the watch that is off after a fault, until a reload changes its options.",
  ),
  sallyport_watch_signals_total: counter(
    [],
    "What the watch was told: events, and what open connections carried.",
  ),
  sallyport_watch_signals_left_out_total: {
    ...counter([], "What the watch was not told, for want of room on the way from a worker."),
    where: WITH_WORKERS,
  },
  sallyport_watch_findings_kept: gauge([], "Findings that `sallyport watch list` knows."),
  sallyport_alerts_total: counter(["outcome"], "Alerts to webhooks: sent, or failed (given up)."),
  sallyport_telemetry_records_total: counter(
    ["output", "outcome"],
    "Records to an OTLP collector or an OCSF file: sent, failed (given up, or refused), or dropped for want of room.",
  ),
  sallyport_bans_active: gauge([], "Bans in force.", { workers: "max" }),
  sallyport_revocations_active: gauge([], "Revocations in force.", { workers: "max" }),
  sallyport_state_up: gauge(
    ["engine"],
    "1 when the engine that nodes share state through can be read and written.",
    { where: WITH_ENGINE },
  ),
  sallyport_state_outages_total: counter([], "How often that engine was lost."),
  sallyport_state_unpublished: gauge([], "Bans and revocations of this node that wait for the engine."),
  sallyport_state_put_back_total: counter(
    [],
    "Bans and revocations that this node put back after the engine had lost them.",
  ),
  sallyport_state_misfits_total: counter(
    [],
    "What was found in the engine, was none of ours and was left out: entries, tickets, certificates and keys that do not open.",
  ),
  sallyport_state_clock_ahead_seconds: gauge([], "How far the engine's clock is ahead of this node's."),
  sallyport_state_disagreements: gauge(
    ["about"],
    "Nodes that differ from this one in what all must have alike: the key, the lease, limits, the format of the engine's keys.",
    { where: WITH_ENGINE },
  ),
  sallyport_state_memory_bytes: gauge(
    ["engine"],
    "Bytes that the engine uses, of all that is in it; of a cluster, the server that has the log.",
    { where: WITH_ENGINE },
  ),
  sallyport_state_memory_limit_bytes: gauge(["engine"], "Bytes that it may use; 0: there is no bound.", {
    where: WITH_ENGINE,
  }),
  sallyport_ready: gauge([], "1 when the gate takes new connections.", { workers: "min" }),
  sallyport_guard_ready: gauge(
    ["route", "guard"],
    "1 when a guard that needs something from elsewhere, such as the keys of a provider, has it.",
    { workers: "min" },
  ),
  sallyport_certificate_not_after_timestamp_seconds: gauge(
    ["listener"],
    "When the certificate of a listener ends, seconds since 1970.",
    { workers: "min", where: "a listener speaks TLS" },
  ),
  sallyport_config_last_reload_successful: gauge(
    [],
    "1 when the newest configuration that was read is in force; 0 when it was refused.",
  ),
  sallyport_config_last_reload_success_timestamp_seconds: gauge(
    [],
    "When the configuration in force was put in force, seconds since 1970.",
  ),
  sallyport_policy_info: gauge(["version"], "The policy in force: a hash of its configuration.", {
    workers: "max",
  }),
  sallyport_build_info: gauge(["version"], "The version that runs.", { workers: "max" }),
  sallyport_admin_calls_total: counter(
    ["name", "status"],
    "Recorded calls of the admin API, by the token's name (empty: none was right) and status.",
  ),
  sallyport_gate_events_total: counter(["level"], "What the gate told of its own life in the log, by level."),
  sallyport_log_lines_lost_total: counter([], "Lines of the log that whoever reads it did not take."),
  sallyport_journal_records_total: counter(
    ["outcome"],
    "Records of the journal: taken, or shed for want of room.",
    WITH_JOURNAL,
  ),
  sallyport_journal_alarms_total: counter(
    ["level"],
    "What the journal had to tell, such as a disk that takes no records.",
    WITH_JOURNAL,
  ),
  sallyport_journal_waiting: gauge([], "Records that wait for room in the journal, under whenFull: block."),
  sallyport_memory_used_ratio: gauge(
    ["what"],
    "Memory in use by how much may be: the heap, and resident memory; from 0.9 on new connections are refused.",
    { workers: "max" },
  ),
  sallyport_event_loop_delay_seconds: histogram(
    [],
    DELAYS_S,
    "How much later than asked for a timer was called, ten times a second.",
  ),
  sallyport_event_loop_active_seconds_total: counter(
    [],
    "Time in which the event loop was not waiting for anything; 1 a second is all that a process can do.",
  ),
  sallyport_workers: gauge([], "Processes that carry connections: 1, or those of `--workers` that run."),
  sallyport_worker_deaths_total: counter(
    [],
    "Worker processes that ended and were not asked to.",
    WITH_WORKERS,
  ),
  process_cpu_seconds_total: counter([], "CPU time of the process, or of all processes of the gate."),
  process_resident_memory_bytes: gauge([], "Resident memory."),
  process_open_fds: gauge([], "Open file descriptors: two for each connection.", { where: LINUX }),
  process_max_fds: gauge([], "File descriptors that may be open.", { where: LINUX }),
  process_start_time_seconds: gauge([], "When the process started, seconds since 1970.", { workers: "min" }),
};
