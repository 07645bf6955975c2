import { asList, asMapping, type RawMapping } from "../policy/raw-config.ts";
import { askAdmin, reportAdminFailure } from "./admin-client.ts";
import type { OperateOptions } from "./operate.ts";
import { jsonLine, renderTable, shown } from "./table.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** What `revoke` takes. Everything that is written of whom must match. */
export interface RevokeOptions extends OperateOptions {
  readonly user?: string;
  readonly issuer?: string;
  readonly tenant?: string;
  /** The `jti` of a token. */
  readonly tokenId?: string;
  /** The id of a connection's session at the gate. */
  readonly session?: string;
  /** The provider's own session (`sid`). */
  readonly providerSession?: string;
  /** ISO 8601: only what was issued before. */
  readonly issuedBefore?: string;
  readonly reason?: string;
  /** Open connections go on. */
  readonly keepOpen?: boolean;
  readonly seconds?: string;
}

const TARGETS = ["user", "issuer", "tenant", "tokenId", "session", "providerSession"] as const;

/** `sallyport revoke`: refuses what it names from now on (401), and ends its open connections (4540). */
export async function revoke(options: RevokeOptions, terminal: Terminal): Promise<number> {
  const { issuedBefore, reason, keepOpen = false, seconds } = options;
  const target = Object.fromEntries(
    TARGETS.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
  );
  if (Object.keys(target).length === 0) {
    terminal.err(
      "expected whom: --user, --tenant, --token-id, --session or --provider-session, perhaps with --issuer\n",
    );
    return exitCodes.usage;
  }
  if (seconds !== undefined && !/^[1-9]\d{0,8}$/.test(seconds)) {
    terminal.err("--seconds: expected a number of seconds, such as 3600\n");
    return exitCodes.usage;
  }
  const body = {
    ...target,
    issuedBefore,
    reason,
    closes: !keepOpen,
    ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
  };
  const answer = await askAdmin(options, { method: "POST", path: "/revocations", body });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  const { id, expiresAt } = answer.body;
  const open = keepOpen ? "open connections go on" : "open connections end within a second";
  const said = `revoked ${whom(answer.body)} until ${shown(expiresAt)}; ${open} [${shown(id)}]\n`;
  terminal.out(options.json ? jsonLine(answer.body) : said);
  return exitCodes.done;
}

function whom(revocation: RawMapping): string {
  const written = [...TARGETS, "issuedBefore"].flatMap((key) =>
    revocation[key] === undefined ? [] : [`${key} ${shown(revocation[key])}`],
  );
  return written.join(", ");
}

/** `sallyport revoke list`: the revocations in force, as a table. */
export async function listRevocations(options: OperateOptions, terminal: Terminal): Promise<number> {
  const answer = await askAdmin(options, { method: "GET", path: "/revocations" });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  const rows = asList(answer.body["revocations"]).map((one) => {
    const revocation = asMapping(one) ?? {};
    const { id, expiresAt, closes, reason } = revocation;
    return [id, whom(revocation), closes === true ? "yes" : "no", expiresAt, reason];
  });
  const table = (): string => renderTable(["ID", "WHOM", "CLOSES", "UNTIL", "REASON"], rows, terminal);
  terminal.out(options.json ? jsonLine(answer.body) : table());
  return exitCodes.done;
}

/** `sallyport revoke remove ID`: takes a revocation back. What it ended stays ended. */
export async function removeRevocation(
  id: string,
  options: OperateOptions,
  terminal: Terminal,
): Promise<number> {
  const answer = await askAdmin(options, {
    method: "DELETE",
    path: `/revocations/${encodeURIComponent(id)}`,
  });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  terminal.out(options.json ? jsonLine(answer.body) : `${shown(id)} is in force no more\n`);
  return exitCodes.done;
}
