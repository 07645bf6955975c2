import type { Check } from "../../check.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, eachOf, judgeCrash } from "./judge-crash.ts";

/** What stands beside a WebSocket in libraries that have other transports too. */
const BESIDE = ["", "/info", "/000/sallyport/xhr", "/sallyport-scan"];

/** Every folder that a path is in, the root first, without a slash at the end. */
function foldersOf(pathname: string): readonly string[] {
  const parts = pathname.split("/").filter((part) => part !== "");
  return parts.map((_, at) => parts.slice(0, at).join("/")).map((path) => (path === "" ? "" : `/${path}`));
}

/** A handshake for something that is no WebSocket ends the process. */
export const crashesOnUpgradeElsewhere: Check = {
  id: "crashes-on-upgrade-elsewhere",
  group: "crash",
  title: "A handshake for a path that is no WebSocket ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "Where one server answers requests and upgrades, an upgrade may reach code that was written for requests. What it writes to a connection that has ended already is an error that nobody listens for.",
  decides: CRASH_DECIDES,
  sends:
    "up to 12 handshakes for paths around that of the endpoint, such as its parent and `/info` beside it",
  remedy: crashRemedy(
    "Refuse upgrades of every path but those of WebSockets, and listen for errors of the socket.",
  ),
  references: { cwe: [20, 248], advisories: ["CVE-2020-7693"] },
  impact: "destructive",
  isAlone: true,
  run: (context) =>
    judgeCrash(context, () => {
      const folders = foldersOf(context.target.url.pathname);
      const around = (folders.length === 0 ? [""] : folders.slice(-3)).flatMap((folder) =>
        BESIDE.map((path) => `${folder}${path}` || "/"),
      );
      return eachOf(
        around.map(async (path) => {
          const attempt = await context.open({ path });
          await attempt.probe.waitFor(() => attempt.probe.isClosed);
          return attempt.probe.exchange(`a handshake for ${path}`);
        }),
      );
    }),
};
