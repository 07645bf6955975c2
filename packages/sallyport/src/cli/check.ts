import type { Config, JournalConfig, RouteConfig, RouteJournal } from "../policy/effective-config.ts";
import { builtInGuards } from "../policy/built-in-guards.ts";
import { formatQuantity } from "../policy/format-quantity.ts";
import { loadConfig, type LoadOptions } from "../policy/load-config.ts";
import type { ListenerTls } from "../policy/config.ts";
import { dataDirectory } from "../hosts/data-directory.ts";
import { developmentKeys } from "../hosts/development-issuer.ts";
import { compilePolicy, type Policy, type PolicyServices } from "../policy/policy.ts";
import { formatPath, type Problem } from "../policy/problem.ts";
import { createReference } from "../policy/reference.ts";
import { routeId } from "../policy/route-id.ts";
import type { RedisConfig } from "../policy/state-options.ts";
import { createMemoryState } from "../state/memory-state.ts";
import type { Disagreement } from "../state/node-terms.ts";
import { describeOutputs, summariseOutputs } from "./describe-outputs.ts";
import { reportProblems } from "./report-problems.ts";
import { exitCodes, paint, type Terminal } from "./terminal.ts";
import { describeWatch } from "./watch-summary.ts";

/** What `check` takes beside the file. */
export interface CheckOptions extends LoadOptions {
  /** Write one JSON object to standard output instead of words. */
  readonly json: boolean;
  /** `globalThis.fetch`, or a test's. */
  readonly fetch?: typeof globalThis.fetch;
}

/** What one guard of a route enforces; `null` where it is off. */
interface GuardSummary {
  readonly guard: string;
  readonly mode: string;
  /** As they would be written in a configuration. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it enforces beyond its options, such as what a document says that they point to. */
  readonly enforces?: readonly string[];
}

interface RouteSummary {
  readonly route: string;
  readonly upstream: string;
  readonly http: string;
  readonly compression: string;
  /** What is kept of its messages; `null`: nothing, the journal is off. */
  readonly journal: RouteJournal | null;
  readonly guards: readonly GuardSummary[];
}

/** A journal as it is shown: where its key is, and nothing of the key itself. */
interface JournalSummary {
  readonly directory: string;
  readonly key: string;
  readonly payloadKeys: string | null;
  readonly whenFull: string;
  readonly retain: { readonly age: string | null; readonly size: string | null };
  readonly checkpoints: string | null;
}

/** What each guard of a route enforces beyond its options, by the guard's name. */
type Enforced = ReadonlyMap<string, readonly string[]>;

interface Checked {
  readonly config: Config | null;
  /** Of each route, in order; empty where no policy could be made. */
  readonly enforced: readonly Enforced[];
  readonly policy: string | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * `sallyport check FILE`: every problem of a configuration and of what it points to, at once; then what will be
 * enforced. Exit code 0 when it is whole, 3 when all that is wrong is a key set that cannot be reached, else 2.
 */
export async function check(file: string, options: CheckOptions, terminal: Terminal): Promise<number> {
  const checked = await checkFile(file, options);
  const { config, policy, enforced, problems, warnings } = checked;
  const routes =
    config?.routes.map((route, index) => summarise(route, config, enforced[index] ?? new Map())) ?? [];
  if (options.json) {
    const journal = config?.journal == null ? null : summariseJournal(config.journal);
    const watch = config?.watch == null ? null : writeOptions(config.watch, "watch", units());
    const outputs =
      config === null ? null : JSON.parse(config.mask(JSON.stringify(summariseOutputs(config))));
    const found = { ok: problems.length === 0, policy, problems, warnings, journal, watch, outputs, routes };
    terminal.out(`${JSON.stringify(found, null, 2)}\n`);
  } else {
    reportProblems(terminal, problems, warnings);
    if (config !== null && policy !== null)
      terminal.out(describePolicy(config, { policy, routes }, terminal));
  }
  return exitCodeOf(problems);
}

function exitCodeOf(problems: readonly Problem[]): number {
  if (problems.length === 0) return exitCodes.done;
  return problems.every((problem) => problem.unreachable === true) ? exitCodes.unreachable : exitCodes.usage;
}

async function checkFile(file: string, options: CheckOptions): Promise<Checked> {
  const loaded = await loadConfig(file, options);
  if (!loaded.ok) return { config: null, policy: null, enforced: [], ...loaded };
  const { config, warnings } = loaded;
  const services: PolicyServices = {
    emit: () => undefined,
    ...createMemoryState(),
    fetch: options.fetch ?? globalThis.fetch,
    wallNow: () => Date.now(),
    developmentKeys: () => developmentKeys(dataDirectory("development-issuer")),
  };
  const compiled = await compilePolicy(config, services, { definitions: options.guards });
  if (!compiled.ok) return { config, policy: null, enforced: [], problems: compiled.problems, warnings };
  const state = config.state === null ? null : await tryConfiguredState(config, config.state);
  const problems = [...findUnready(config, compiled.policy), ...(state?.problems ?? [])];
  const enforced = compiled.policy.routes.map(
    ({ guards }) => new Map(guards.map(({ name, enforces = [] }) => [name, enforces])),
  );
  compiled.policy.release();
  const warned = [...warnings, ...(state?.warnings ?? [])];
  return { config, policy: compiled.policy.version, enforced, problems, warnings: warned };
}

/** Whether the engine can be reached that nodes share state through. */
async function tryConfiguredState(
  config: Config,
  state: RedisConfig,
): Promise<Pick<Checked, "problems" | "warnings">> {
  const { tryState } = await import("../state/try-state.ts");
  const { problem, warning, disagreements } = await tryState(state);
  const place = { file: config.file, path: "state", ...config.locate(["state"]), expected: "" };
  const mend = "See that it can be reached from here; `sallyport run` starts not ready and tries again";
  return {
    problems: problem === null ? [] : [{ ...place, found: config.mask(problem), mend, unreachable: true }],
    warnings: [
      ...(warning === null ? [] : [{ ...place, ...warning }]),
      ...disagreements.map((one) => apart(one, place)),
      ...withoutKey(state, place),
    ],
  };
}

function apart(
  { about, what, expected, found, mend }: Disagreement,
  place: Omit<Problem, "found" | "mend">,
): Problem {
  const path = about === "format" ? place.path : what;
  return { ...place, path, expected, found: `${found}, which are running now`, mend };
}

// Whoever checks the header reads a key set by way of the balancer, and finds the keys of one node alone.
function withoutKey(
  { keyFile, key }: RedisConfig,
  place: Omit<Problem, "found" | "mend">,
): readonly Problem[] {
  if (keyFile !== null || key !== null) return [];
  const found = "nodes share no key: each signs Sallyport-Identity with keys of its own";
  const mend =
    "If an application checks that header, write: state: { redis: { url: …, keyFile: /etc/sallyport/state.key } }";
  return [{ ...place, found, mend }];
}

function findUnready(config: Config, policy: Policy): readonly Problem[] {
  return policy.routes.flatMap((route, index) =>
    route.guards.flatMap((guard) => {
      const state = guard.ready?.();
      if (state === undefined || state.ready) return [];
      const path = ["routes", index, guard.name];
      const found = config.mask(state.problem ?? "it is not ready");
      const mend = "See that it can be reached from here; `sallyport run` starts not ready and tries again";
      const place = { file: config.file, path: formatPath(path), ...config.locate(path) };
      return [{ ...place, found, expected: "", mend, unreachable: true }];
    }),
  );
}

const units = (): ReadonlyMap<string, string | null> =>
  new Map(createReference(builtInGuards).map(({ key, unit }) => [key, unit]));

function summarise(route: RouteConfig, config: Config, enforced: Enforced): RouteSummary {
  const unitOf = units();
  const guards = builtInGuards.map(({ name }) => {
    const options = route.guards[name];
    const written = writeOptions(options, `routes[].${name}`, unitOf);
    const { mode = options === undefined ? "off" : "enforce", ...rest } = written;
    const enforces = enforced.get(name) ?? [];
    const summary = { guard: name, mode: String(mode), options: rest };
    return enforces.length === 0 ? summary : Object.assign(summary, { enforces });
  });
  const { upstream, http, compression, journal } = route;
  const summary = { route: routeId(route), upstream: upstream.text, http, compression, journal, guards };
  return JSON.parse(config.mask(JSON.stringify(summary)));
}

function summariseJournal(journal: JournalConfig): JournalSummary {
  const { directory, key, payloadKeys, whenFull, retain, checkpoints } = journal;
  return {
    directory,
    key: "file" in key ? key.file : "from the configuration",
    payloadKeys,
    whenFull,
    retain: {
      age: retain.ageMs === null ? null : formatQuantity(retain.ageMs, "duration"),
      size: retain.bytes === null ? null : formatQuantity(retain.bytes, "size"),
    },
    checkpoints,
  };
}

function writeOptions(
  options: unknown,
  key: string,
  unitOf: ReadonlyMap<string, string | null>,
): Readonly<Record<string, unknown>> {
  if (typeof options === "string") return { is: options };
  if (typeof options !== "object" || options === null) return {};
  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, writeOption(value, `${key}.${name}`, unitOf)] as const),
  );
}

function writeOption(value: unknown, key: string, unitOf: ReadonlyMap<string, string | null>): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => writeOption(entry, `${key}[]`, unitOf));
  if (value === null) return null;
  if (typeof value === "object") return writeOptions(value, key, unitOf);
  return typeof value === "number" ? formatQuantity(value, unitOf.get(key) ?? null) : value;
}

interface Summary {
  readonly policy: string;
  readonly routes: readonly RouteSummary[];
}

function describePolicy(config: Config, { policy, routes }: Summary, terminal: Terminal): string {
  const head = `${paint(terminal, "green", "ok")} ${config.file ?? ""} (policy ${policy})\n`;
  const listeners = config.listeners.map(({ host, port, tls }) => {
    const shown = host.includes(":") ? `[${host}]` : host;
    return `listen ${shown}:${port}  tls: ${describeTls(tls)}\n`;
  });
  const journal =
    config.journal === null ? "journal off\n" : describeJournal(summariseJournal(config.journal));
  const watch = describeWatch(config.watch);
  const outputs = config.mask(describeOutputs(summariseOutputs(config)));
  const described = routes.map((route) => describeRoute(route, terminal));
  return `${head}${listeners.join("")}${journal}${watch}${outputs}${described.join("")}`;
}

function describeTls(tls: ListenerTls): string {
  if (tls.kind === "files") return `${tls.certificate} (${tls.profile})`;
  if (tls.kind !== "acme") return tls.kind;
  const { domains, directory, challenge } = tls.acme;
  return `${domains.join(", ")} from ${new URL(directory).host} by ${challenge} (${tls.profile})`;
}

function describeJournal({ directory, retain, whenFull, ...places }: JournalSummary): string {
  const [bounds, elsewhere] = [
    [retain.age, retain.size].filter((bound) => bound !== null).join(", "),
    Object.entries(places).flatMap(([key, place]) => (place === null ? [] : [`${key}: ${place}`])),
  ];
  const kept = `retain: ${bounds === "" ? "for good" : bounds}`;
  return `${[`journal ${directory}`, ...elsewhere, kept, `whenFull: ${whenFull}`].join("  ")}\n`;
}

function describeKept(journal: RouteJournal): string {
  const { payloads, sample } = journal;
  const share = payloads === "none" || sample === 1 ? "" : ` of ${sample * 100} % of them`;
  return `  journal: every message; payloads: ${payloads}${share}`;
}

function describeRoute(
  { route, upstream, http, compression, journal, guards }: RouteSummary,
  terminal: Terminal,
): string {
  const width = Math.max(...guards.map(({ guard }) => guard.length));
  const lines = guards.flatMap(({ guard, mode, options, enforces = [] }) => {
    const shown = mode === "enforce" ? mode.padEnd(7) : paint(terminal, "yellow", mode.padEnd(7));
    const line = `  ${guard.padEnd(width)}  ${shown}  ${describeOptions(options)}`.trimEnd();
    return [line, ...enforces.map((text) => `  ${" ".repeat(width)}           ${text}`)];
  });
  const kept = journal === null ? "" : describeKept(journal);
  return `\n${paint(terminal, "bold", `${route} → ${upstream}`)}  http: ${http}  compression: ${compression}${kept}\n${lines.join("\n")}\n`;
}

function describeOptions(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([key, value]) => (key === "is" ? describeOption(value) : `${key}: ${describeOption(value)}`))
    .join(", ");
}

function describeOption(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(describeOption).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{ ${describeOptions({ ...value })} }`;
  return String(value);
}
