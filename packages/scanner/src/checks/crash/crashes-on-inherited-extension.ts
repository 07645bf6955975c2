import type { Check } from "../../check.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, eachOf, judgeCrash } from "./judge-crash.ts";

const OFFERS: readonly Readonly<Record<string, string>>[] = [
  { "Sec-WebSocket-Extensions": "constructor" },
  { "Sec-WebSocket-Extensions": "__proto__; a=1, toString" },
  { "Sec-WebSocket-Extensions": "permessage-deflate; constructor; __proto__=1" },
  { "Sec-WebSocket-Protocol": "constructor, __proto__" },
];

/** An extension named like what objects have ends the process. */
export const crashesOnInheritedExtension: Check = {
  id: "crashes-on-inherited-extension",
  group: "crash",
  title: "An extension with the name of an inherited property ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "Where the offers of a handshake are kept in an object, names such as constructor and __proto__ are there before they are offered. A library that calls or extends what it finds ends the process.",
  decides: CRASH_DECIDES,
  sends: "four handshakes with extensions and subprotocols named constructor, __proto__ and toString",
  remedy: crashRemedy("Update the library; keep offers in a Map, or in an object without a prototype."),
  references: { cwe: [1321, 248], rfc: ["RFC 6455 9.1"], advisories: ["GHSA-5v72-xg48-5rpm"] },
  impact: "destructive",
  isAlone: true,
  run: (context) =>
    judgeCrash(context, () =>
      eachOf(
        OFFERS.map(async (set) => {
          const attempt = await context.open({ set });
          await attempt.probe.waitFor(() => attempt.probe.isClosed);
          return attempt.probe.exchange("a handshake with an inherited name");
        }),
      ),
    ),
};
