import { stat } from "node:fs/promises";
import type { CheckResult } from "./config-checks.ts";
import type { Finding } from "./config-issues.ts";
import { parseNetworkAddress } from "./network-address.ts";
import { asMapping, valueAt } from "./raw-config.ts";

/** Where an authority connects to, by challenge (RFC 8555 8.3, RFC 8737 3). */
const PORTS: Readonly<Record<string, number>> = { "http-01": 80, "tls-alpn-01": 443 };

/** What of `tls.acme` a schema cannot see: where it keeps its files, and whether an authority comes to the port that is listened on. */
export async function checkAcme(listeners: readonly unknown[]): Promise<CheckResult> {
  const found = await Promise.all(
    listeners.map(async (listener, index) => ({
      findings: await checkStorage(listener, index),
      warnings: checkPort(listener, index),
    })),
  );
  return {
    findings: found.flatMap(({ findings }) => findings),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}

async function checkStorage(listener: unknown, index: number): Promise<readonly Finding[]> {
  const storage = valueAt(listener, ["tls", "acme", "storage"]);
  if (typeof storage !== "string") return [];
  const there = await stat(storage).catch(() => null);
  if (there === null || there.isDirectory()) return [];
  const path = ["listen", index, "tls", "acme", "storage"];
  return [{ path, found: `a file at ${storage}`, expected: "the name of a directory", mend: "" }];
}

function checkPort(listener: unknown, index: number): readonly Finding[] {
  const acme = asMapping(valueAt(listener, ["tls", "acme"]));
  if (acme === null) return [];
  const challenge = acme["challenge"] ?? "tls-alpn-01";
  const wanted = typeof challenge === "string" ? PORTS[challenge] : undefined;
  const byHttp = challenge === "http-01";
  const address = byHttp ? (acme["challengeAddress"] ?? "0.0.0.0:80") : valueAt(listener, ["address"]);
  const port = typeof address === "string" ? parseNetworkAddress(address)?.port : undefined;
  if (wanted === undefined || port === undefined || port === wanted) return [];
  const path = byHttp
    ? ["listen", index, "tls", "acme", "challengeAddress"]
    : ["listen", index, "tls", "acme", "challenge"];
  const found = `an authority comes to port ${wanted} for \`${byHttp ? "http-01" : "tls-alpn-01"}\`, and port ${port} is listened on`;
  return [{ path, found, expected: "", mend: `Have port ${wanted} of every domain lead here` }];
}
