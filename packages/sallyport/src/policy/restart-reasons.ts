import type { Policy } from "./policy.ts";

/** What of a policy holds from the start of the process to its end. */
export type StartedWith = Pick<Policy, "listeners" | "admin" | "log" | "journal" | "telemetry">;

/**
 * Why another policy cannot be put in force without a restart, all reasons at once; empty when it can. What listens goes on
 * listening, at the addresses and by the rules with which it was opened; who may use the admin address changes with its tokens and roles; a journal is opened once, and only what it keeps of
 * contents changes; telemetry goes where it went; the log keeps its form, and changes its level.
 */
export function restartReasons(before: StartedWith, after: StartedWith): readonly string[] {
  const changed: readonly (readonly [string, boolean])[] = [
    ["listen", differs(before.listeners, after.listeners)],
    ["admin", differs(openedWith(before.admin), openedWith(after.admin))],
    ["journal", isAnotherJournal(before.journal, after.journal)],
    ["telemetry", isOtherTelemetry(before.telemetry, after.telemetry)],
    ["log.format", before.log.format !== after.log.format],
  ];
  return changed
    .filter(([, different]) => different)
    .map(([key]) => `\`${key}\` has changed: that needs a restart`);
}

/** Whether a journal that is open cannot go on as the other one; only what it keeps of contents can change. */
export function isAnotherJournal(before: Policy["journal"], after: Policy["journal"]): boolean {
  return differs(started(before), started(after));
}

/** Whether what is open cannot go on as the other one. */
export function isOtherTelemetry(before: Policy["telemetry"], after: Policy["telemetry"]): boolean {
  return differs(before, after);
}

/** Tokens and roles are read again by a reload. */
function openedWith(admin: Policy["admin"]): unknown {
  if (admin === null) return null;
  const { host, port, url, oidc } = admin;
  return { host, port, url, oidc: oidc === null ? null : { ...oidc, roles: null } };
}

/** What is kept of contents is a route's to say, and changes with it. */
function started(journal: Policy["journal"]): unknown {
  return journal === null ? null : { ...journal, payloads: null };
}

/** Both were made by the same compiler, with their keys in the same order. */
function differs(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}
