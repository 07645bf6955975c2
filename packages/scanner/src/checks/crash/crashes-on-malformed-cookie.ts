import type { Check } from "../../check.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, eachOf, judgeCrash } from "./judge-crash.ts";

/** No value, a quote that does not end, an escape that is none, no name, and a name that objects have. */
const COOKIES = ["a", 'a="', "a=%E0%A4%A; b=%", "=;;=,", "__proto__=x; constructor=y"];

/** A cookie that is none ends the process. */
export const crashesOnMalformedCookie: Check = {
  id: "crashes-on-malformed-cookie",
  group: "crash",
  title: "A malformed Cookie header ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "Libraries refuse a malformed cookie by throwing. Where that happens in the handler of the upgrade, outside of what the framework catches, the process ends.",
  decides: CRASH_DECIDES,
  sends: "five handshakes, each with another malformed Cookie header",
  remedy: crashRemedy("Catch what parsing a cookie throws, and answer 400."),
  references: { cwe: [248, 20], advisories: ["CVE-2017-16025"] },
  impact: "destructive",
  isAlone: true,
  run: (context) =>
    judgeCrash(context, () =>
      eachOf(
        COOKIES.map(async (Cookie) => {
          const attempt = await context.open({ set: { Cookie } });
          await attempt.probe.waitFor(() => attempt.probe.isClosed);
          return attempt.probe.exchange("a handshake with a malformed cookie");
        }),
      ),
    ),
};
