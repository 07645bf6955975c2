import { exitCodes } from "./terminal.ts";

/** Why a gate does not open, for the operator and, by the exit code, for machines. */
export interface StartFailure {
  readonly message: string;
  readonly exitCode: number;
}

/** Codes of files that this user may not read or write. */
const NOT_ALLOWED: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS"]);

/** What kept a gate from opening: an address that cannot be listened on (3), or a file that cannot be used (2). */
export function startFailure(error: unknown): StartFailure {
  const { code, address, port, path, message } = error as NodeJS.ErrnoException & {
    readonly address?: string;
    readonly port?: number;
  };
  if (path !== undefined && port === undefined && NOT_ALLOWED.has(code ?? ""))
    return {
      message: `${path}: the user that the gate runs as may not use it (${code}): let it, or name another place`,
      exitCode: exitCodes.usage,
    };
  const where = `${address ?? ""}:${port ?? ""}`;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `${where} is in use: choose another address, or end the process that listens there`,
    EACCES: `${where} may not be listened on by this user: choose a port above 1023, or grant CAP_NET_BIND_SERVICE`,
    EADDRNOTAVAIL: `${where} is not an address of this machine`,
    ENOTFOUND: `the listen address cannot be resolved: ${message}`,
    ENOTSUP: `this system does not let several processes listen at one port (SO_REUSEPORT): leave --workers out`,
  };
  const known = reasons[code ?? ""];
  return known === undefined
    ? { message, exitCode: exitCodes.usage }
    : { message: known, exitCode: exitCodes.unreachable };
}

/** A journal that cannot be opened: no gate runs without one that was asked for. */
export function cannotRecord(message: string): { readonly ok: false; readonly failure: StartFailure } {
  return { ok: false, failure: { message, exitCode: exitCodes.unreachable } };
}
