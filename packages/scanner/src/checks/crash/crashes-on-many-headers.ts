import type { Check } from "../../check.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, judgeCrash } from "./judge-crash.ts";

const HEADERS = 2000;

/** More headers than are read end the process. */
export const crashesOnManyHeaders: Check = {
  id: "crashes-on-many-headers",
  group: "crash",
  title: "A handshake with thousands of headers ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "Servers read a limited number of headers and leave out the rest, and with them those that make a request a handshake. A library that takes them for given ends the process.",
  decides: CRASH_DECIDES,
  sends: "one handshake with 2,000 headers of a few bytes before its own",
  remedy: crashRemedy("Update ws to 8.17.1, 7.5.10, 6.2.3 or 5.2.4, or later."),
  references: { cwe: [476, 248], advisories: ["CVE-2024-37890"] },
  impact: "destructive",
  isAlone: true,
  run: (context) =>
    judgeCrash(context, async () => {
      const request = context.handshake();
      const fillers = Array.from({ length: HEADERS }, (_, at) => [`x${at}`, "1"] as const);
      const attempt = await context.request({ ...request, headers: [...fillers, ...request.headers] });
      return [attempt.probe.exchange(`a handshake with ${HEADERS} headers`)];
    }),
};
