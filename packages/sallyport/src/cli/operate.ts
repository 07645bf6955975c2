import { duration } from "../quantity.ts";
import type { RawMapping } from "../policy/raw-config.ts";
import { askAdmin, reportAdminFailure, type AdminAccess } from "./admin-client.ts";
import { jsonLine, renderTable, shown } from "./table.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** What every command on a running gate takes. */
export interface OperateOptions extends AdminAccess {
  /** Write one JSON object to standard output instead of words. */
  readonly json: boolean;
}

/** What `ban add` takes beside the address. */
export interface BanOptions extends OperateOptions {
  /** Such as `10m` or `1d`; until it is removed where absent. */
  readonly for?: string;
  readonly reason?: string;
}

/** `sallyport ban add ADDRESS`: refuses an address or range from now on, and ends its open connections (4529). */
export async function addBan(address: string, options: BanOptions, terminal: Terminal): Promise<number> {
  const parsed = options.for === undefined ? null : duration.safeParse(options.for);
  if (parsed?.success === false) {
    terminal.err("--for: expected a duration with its unit, such as 10m, 24h or 30d\n");
    return exitCodes.usage;
  }
  const seconds = parsed === null ? null : parsed.data / 1000;
  const answer = await askAdmin(options, {
    method: "POST",
    path: "/bans",
    body: { address, reason: options.reason, seconds },
  });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  const { cidr, until, closed } = answer.body;
  const end = typeof until === "number" ? `until ${new Date(until).toISOString()}` : "until it is removed";
  terminal.out(
    options.json
      ? jsonLine(answer.body)
      : `banned ${shown(cidr)} ${end}; ${shown(closed)} open connections ended\n`,
  );
  return exitCodes.done;
}

/** `sallyport ban remove ADDRESS`: lifts the ban of exactly this address or range. */
export async function removeBan(
  address: string,
  options: OperateOptions,
  terminal: Terminal,
): Promise<number> {
  const answer = await askAdmin(options, { method: "DELETE", path: `/bans/${encodeURIComponent(address)}` });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  terminal.out(options.json ? jsonLine(answer.body) : `${address} is not banned any more\n`);
  return exitCodes.done;
}

/** `sallyport ban list`: the bans in force, as a table. */
export async function listBans(options: OperateOptions, terminal: Terminal): Promise<number> {
  const answer = await askAdmin(options, { method: "GET", path: "/bans" });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  const bans: unknown[] = Array.isArray(answer.body["bans"]) ? answer.body["bans"] : [];
  const rows = bans
    .map(Object)
    .map(({ cidr, until, reason }: RawMapping) => [
      cidr,
      typeof until === "number" ? new Date(until).toISOString() : "for ever",
      reason,
    ]);
  const table = (): string => renderTable(["ADDRESS", "UNTIL", "REASON"], rows, terminal);
  terminal.out(options.json ? jsonLine({ bans }) : table());
  return exitCodes.done;
}

/** `sallyport reload`: the running gate reads its configuration again; one with problems changes nothing (exit 2). */
export async function reload(options: OperateOptions, terminal: Terminal): Promise<number> {
  const answer = await askAdmin(options, { method: "POST", path: "/reload" });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  const { policy, kept, closed } = answer.body;
  const said = `reloaded, policy ${shown(policy)}: ${shown(kept)} connections go on, ${shown(closed)} were closed\n`;
  terminal.out(options.json ? jsonLine(answer.body) : said);
  return exitCodes.done;
}
