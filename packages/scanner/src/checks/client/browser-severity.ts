import type { Sighting } from "../../check.ts";
import type { ClientControl } from "../../reverse/client-control.ts";
import { NO_HARM_CVSS } from "./client-breach.ts";

/** In a browser a page that takes memory takes it from itself alone, and may do so by any script: then it is nothing more than worth knowing. */
export function browserSeverity({ agent, origin }: ClientControl): Pick<Sighting, "severity" | "cvss"> {
  return origin !== null && (agent ?? "").startsWith("Mozilla/5.0")
    ? { severity: "info", cvss: NO_HARM_CVSS }
    : {};
}
