import { readFile } from "node:fs/promises";
import type { Config } from "./effective-config.ts";
import { parseHeaderLines } from "./header-lines.ts";
import type { AlertConfig, OcsfConfig, OtlpConfig } from "./output-config.ts";
import type { KeyPath } from "./problem.ts";
import { parseWebhookSecret } from "./webhook-secret.ts";

/** Request headers; secrets may be among them. */
export type HeaderFields = readonly (readonly [string, string])[];

/** A target of alerts, with what its files hold. */
export interface AlertTargetPolicy extends AlertConfig {
  /** The signing key; `null`: unsigned. */
  readonly secret: Buffer | null;
  readonly headers: HeaderFields;
}

/** Where events go, with what the files of it hold. */
export interface OutputPolicy {
  readonly alerts: readonly AlertTargetPolicy[];
  readonly telemetry: { readonly otlp: OtlpConfig | null; readonly ocsf: OcsfConfig | null };
}

/** Tells what could not be read, at its place in the configuration. */
export type TellProblem = (path: KeyPath, cause: unknown) => void;

/** Reads the files that `alerts` and `telemetry` point to. What cannot be read or is wrong is told as a problem. */
export async function compileOutputs(
  { alerts, telemetry }: Pick<Config, "alerts" | "telemetry">,
  tell: TellProblem,
): Promise<OutputPolicy> {
  const targets = alerts.map(async (alert, index) => {
    const at = ["alerts", index, "webhook"];
    return {
      ...alert,
      secret: await readSecret(alert.secretFile, (cause) => tell([...at, "secretFile"], cause)),
      headers: await readHeaders(alert.headersFile, (cause) => tell([...at, "headersFile"], cause)),
    };
  });
  const { otlp, ocsf } = telemetry;
  if (otlp === null) return { alerts: await Promise.all(targets), telemetry: { otlp, ocsf } };
  const written = await readHeaders(otlp.headersFile, (cause) =>
    tell(["telemetry", "otlp", "headersFile"], cause),
  );
  // What is written in a file wins over the environment.
  const headers = [...new Map([...otlp.headers, ...written])];
  return { alerts: await Promise.all(targets), telemetry: { otlp: { ...otlp, headers }, ocsf } };
}

async function readSecret(file: string | null, tell: (cause: unknown) => void): Promise<Buffer | null> {
  if (file === null) return null;
  const text = await read(file, tell);
  const secret = text === null ? null : parseWebhookSecret(text);
  if (text !== null && secret === null) tell(new Error(`${file} holds no key of a webhook`));
  return secret;
}

async function readHeaders(file: string | null, tell: (cause: unknown) => void): Promise<HeaderFields> {
  if (file === null) return [];
  const text = await read(file, tell);
  const parsed = parseHeaderLines(text ?? "");
  if (parsed.ok) return parsed.headers;
  tell(new Error(parsed.problem));
  return [];
}

async function read(file: string, tell: (cause: unknown) => void): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    tell(cause);
    return null;
  }
}
