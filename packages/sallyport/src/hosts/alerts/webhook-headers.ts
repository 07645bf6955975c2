import { createHmac } from "node:crypto";
import type { AlertTargetPolicy } from "../../policy/output-policy.ts";

/** One attempt to deliver an alert. */
export interface WebhookAttempt {
  /** The same for every attempt at one alert: whoever has seen it may leave out the others. */
  readonly id: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number;
  readonly body: string;
}

/**
 * The headers of an attempt, with a signature where the target has a key: HMAC-SHA-256 over id, time in seconds and body, joined by
 * dots (Standard Webhooks 1.0).
 */
export function webhookHeaders(
  { secret, headers }: Pick<AlertTargetPolicy, "secret" | "headers">,
  { id, now, body }: WebhookAttempt,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signature =
    secret === null ? null : createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`);
  return {
    ...Object.fromEntries(headers),
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    ...(signature !== null && { "webhook-signature": `v1,${signature.digest("base64")}` }),
  };
}
