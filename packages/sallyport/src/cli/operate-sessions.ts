import { asList, asMapping, type RawMapping } from "../policy/raw-config.ts";
import { askAdmin, reportAdminFailure } from "./admin-client.ts";
import type { OperateOptions } from "./operate.ts";
import { jsonLine, renderPairs, renderTable, shown } from "./table.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** Which sessions a command means: those for which everything that is written matches. */
export interface SessionSelection {
  readonly user?: string;
  readonly issuer?: string;
  readonly tenant?: string;
  /** An address or a CIDR range. */
  readonly address?: string;
  readonly route?: string;
}

/** What `sessions list` takes. */
export interface ListSessionsOptions extends OperateOptions, SessionSelection {
  /** The node that carries them. */
  readonly node?: string;
  /** Sessions at most; the gate's default is 100, and its most 1,000. */
  readonly limit?: string;
  /** Where the page before ended. */
  readonly cursor?: string;
}

/** What `sessions kill` takes. */
export interface KillSessionsOptions extends OperateOptions, SessionSelection {
  readonly reason?: string;
}

const HEADS = ["SESSION", "USER", "ADDRESS", "ROUTE", "OPENED", "EXPIRES", "IN", "OUT", "WAITING"];

function selectionOf({ user, issuer, tenant, address, route }: SessionSelection): Record<string, string> {
  return written({ user, issuer, tenant, address, route });
}

function written(options: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const all = Object.entries(options);
  return Object.fromEntries(all.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** `sallyport sessions list`: the open connections, the oldest first, in pages. */
export async function listSessions(options: ListSessionsOptions, terminal: Terminal): Promise<number> {
  const query = new URLSearchParams({
    ...selectionOf(options),
    ...written({ node: options.node, limit: options.limit, cursor: options.cursor }),
  });
  const answer = await askAdmin(options, { method: "GET", path: `/sessions?${query.toString()}` });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  tellUnanswered(answer.body, terminal);
  if (options.json) {
    terminal.out(jsonLine(answer.body));
    return exitCodes.done;
  }
  const { sessions, matching, next } = answer.body;
  const found = asList(sessions).map((session) => asMapping(session) ?? {});
  const rows = found.map((session) => rowOf(session));
  // Where there is one node, it has no name.
  const isOfSeveral = found.some(({ node }) => node !== undefined);
  terminal.out(
    isOfSeveral
      ? renderTable(
          ["NODE", ...HEADS],
          rows.map((row, index) => [found[index]?.node, ...row]),
          terminal,
        )
      : renderTable(HEADS, rows, terminal),
  );
  // Not among the rows, which may be read by another program.
  if (typeof next === "string")
    terminal.err(`${rows.length} of ${shown(matching)}; for the next: --cursor ${shown(next)}\n`);
  return exitCodes.done;
}

/** Says which nodes gave no answer. Whether there were any. */
function tellUnanswered({ unanswered }: RawMapping, terminal: Terminal): boolean {
  const nodes = asList(unanswered);
  if (nodes.length > 0) terminal.err(`no answer from ${nodes.map(shown).join(", ")}\n`);
  return nodes.length > 0;
}

function rowOf(session: RawMapping): readonly unknown[] {
  const { session: id, user, address, route, openedAt, expiresAt, inbound, outbound, waitingBytes } = session;
  return [id, user, address, route, openedAt, expiresAt, laneOf(inbound), laneOf(outbound), waitingBytes];
}

/** Such as `12 / 3.4 kB`. */
function laneOf(lane: unknown): string {
  const { messages, bytes } = asMapping(lane) ?? {};
  return `${shown(messages)} / ${formatBytes(Number(bytes))}`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** `sallyport sessions show SESSION`: everything that is known of one. */
export async function showSession(
  session: string,
  options: OperateOptions,
  terminal: Terminal,
): Promise<number> {
  const answer = await askAdmin(options, { method: "GET", path: `/sessions/${encodeURIComponent(session)}` });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  const pairs = Object.entries(answer.body).map(
    ([name, value]) => [name, asMapping(value) === null ? value : laneOf(value)] as const,
  );
  terminal.out(options.json ? jsonLine(answer.body) : renderPairs(pairs, terminal));
  return exitCodes.done;
}

/**
 * `sallyport sessions kill [SESSION]`: ends connections with 4540, by id or by what they have in common. Their users may
 * connect anew. Without either it ends nothing: exit code 2. A node that did not answer is named: exit code 3.
 */
export async function killSessions(
  session: string | undefined,
  options: KillSessionsOptions,
  terminal: Terminal,
): Promise<number> {
  const selection = { ...selectionOf(options), ...(session === undefined ? {} : { session }) };
  if (Object.keys(selection).length === 0) {
    terminal.err(
      "expected a session, or --user, --issuer, --tenant, --address or --route: not all of them\n",
    );
    return exitCodes.usage;
  }
  const answer = await askAdmin(options, {
    method: "POST",
    path: "/sessions/kill",
    body: { ...selection, reason: options.reason },
  });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  const { killed } = answer.body;
  const isUnsure = tellUnanswered(answer.body, terminal);
  if (session !== undefined && killed === 0 && !isUnsure) {
    terminal.err(`no open session ${shown(session)}\n`);
    return exitCodes.usage;
  }
  terminal.out(options.json ? jsonLine(answer.body) : `${shown(killed)} connections ended\n`);
  return isUnsure ? exitCodes.unreachable : exitCodes.done;
}
