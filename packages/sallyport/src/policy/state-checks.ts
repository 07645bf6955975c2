import type { CheckResult } from "./config-checks.ts";
import { checkKey, checkKeyMode } from "./key-checks.ts";
import { asMapping, valueAt } from "./raw-config.ts";

const MAKE_KEY =
  "Make one: openssl rand -base64 32 > /etc/sallyport/state.key, chmod 600, the same for all nodes; and write: state: { redis: { url: …, keyFile: /etc/sallyport/state.key } }";

/** What of `state` a schema cannot see: its key, and whether what listeners want needs one. File paths must be absolute. */
export async function checkState(state: unknown, listeners: readonly unknown[]): Promise<CheckResult> {
  const redis = asMapping(valueAt(state, ["redis"]));
  if (redis === null && (typeof state !== "string" || state === "memory"))
    return { findings: [], warnings: [] };
  const at = redis === null ? ["state"] : ["state", "redis"];
  const wrong = await checkKey(redis, at);
  const keyFile = redis?.["keyFile"];
  const warnings = typeof keyFile === "string" ? await checkKeyMode([...at, "keyFile"], keyFile) : [];
  const isWanted = wrong === null && listeners.some(sharesCertificates);
  const path = redis === null ? at : [...at, "keyFile"];
  const expected =
    "a key that all nodes share, which seals the certificates that they keep in the engine; or `storage` beside `domains`, for files";
  const missing = {
    path,
    found: redis === null ? "an engine without a key" : "nothing",
    expected,
    mend: MAKE_KEY,
  };
  return { findings: isWanted ? [missing] : (wrong ?? []), warnings };
}

/** A listener that has its certificate from an authority and says no directory for it keeps it with what nodes share. */
function sharesCertificates(listener: unknown): boolean {
  const acme = asMapping(valueAt(listener, ["tls", "acme"]));
  return acme !== null && acme["storage"] === undefined;
}
