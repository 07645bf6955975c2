import { holdsSecret } from "../../browser/known-to-strangers.ts";
import { type Check, found, passed, type Sighting } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { isAmbientCredential } from "../../scan-settings.ts";
import { credentialsOf } from "../authentication/credentials.ts";
import { tryHandshake } from "../try-handshake.ts";
import { FOREIGN, type OriginTrial, tryForeign } from "./foreign-origin.ts";

/** Any site may open a socket in a visitor's browser. */
export const acceptsForeignOrigin: Check = {
  id: "accepts-foreign-origin",
  group: "origin",
  title: "Any origin is accepted",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Browsers let any page open a WebSocket to any host and send that host's cookies along. Unless the server looks at `Origin`, a page that a user happens to visit talks to the application as that user, and reaches servers on the visitor's own machine and network (cross-site WebSocket hijacking).",
  decides:
    "By what the socket is good for after a handshake with a foreign `Origin`, not by the 101: it gets the time to be ended, and then has to answer a ping. A page of another site can set no header and does not know the user's token: where one was given, in a header, in the query or in a subprotocol, the handshake is made again without it, and where that is refused, the finding is a note (info), since nobody is hijacked. High where a browser sends by itself what the user is known by, a cookie or a password of HTTP authentication, unless --browser has shown that it keeps the cookie back; and where nothing was given, the target is on this machine or on a network of its own, and it told what it tells the application's own page.",
  sends:
    "one handshake with `Origin: https://sallyport-scan.invalid`, where a token was given one more without it, and on each the messages of --message and a ping",
  remedy: {
    summary: "Compare `Origin` with a list of whole origins before the upgrade, and answer 403 to any other.",
    ws: 'server.on("upgrade", (request, socket, head) => { if (!allowed.has(request.headers.origin)) { socket.end("HTTP/1.1 403 Forbidden\\r\\n\\r\\n"); return; } … })',
    socketIo:
      "new Server(http, { allowRequest: (request, done) => done(null, allowed.has(request.headers.origin)) })",
    nginx: 'if ($http_origin !~ "^https://app\\.example\\.com$") { return 403; }',
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: {
    cwe: [1385, 346],
    asvs: ["4.4.2"],
    rfc: ["RFC 6455 10.2"],
    advisories: ["CVE-2025-24010", "CVE-2018-14732", "CVE-2020-28481"],
    cheatSheet: true,
  },
  async run(context) {
    const trial = await tryForeign(context);
    if (trial.kind === "refused") return passed(trial.words);
    const places = credentialsOf(context).flatMap(({ isAmbient, place }) => (isAmbient ? [] : [place]));
    if (places.length === 0) return found(sighting(context, trial));
    const without = `without ${[...new Set(places)].join(" and ")}`;
    const bare = await tryHandshake(
      context,
      { origin: FOREIGN, credentials: "ambient" },
      `a handshake with Origin: ${FOREIGN}, ${without}`,
    );
    if (bare.isUsed) return found(sighting(context, { ...bare, hasData: false }, ` and ${without}`));
    return found({
      detail: `A handshake with Origin: ${FOREIGN} was ${trial.words}; ${without} it was ${bare.words}. A page of another site does not have that, so that it uses nobody's socket. The look at the origin is missing all the same: the first cookie that names a user makes it a hijack.`,
      evidence: [trial.exchange, bare.exchange],
      severity: "info",
      cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:N",
    });
  },
};

/** What it comes to that the socket was used with all that a page of another site can send. */
function sighting(
  { settings, target }: CheckContext,
  { words, hasData, exchange }: Pick<OriginTrial, "words" | "hasData" | "exchange">,
  without = "",
): Sighting {
  const isNamed = settings.credentials.some(isAmbientCredential);
  // What a browser has tried, it knows better: `SameSite` may keep the cookie back.
  const isKeptBack = settings.browser?.stranger.verdict.kind === "safe";
  // Where nobody is named, whoever reaches the target is told as much; and what follows a token in a message is told to who has it.
  const isReach = hasData && target.isLocal && !settings.messages.some(holdsSecret);
  const isProven = !isKeptBack && (isNamed || isReach);
  const [as, more] = isNamed
    ? [" and the user's cookie or password", ""]
    : ["", " No cookie went with it: whether one lets a page act as its user, a scan with --cookie tells."];
  return {
    detail: `A handshake with Origin: ${FOREIGN}${as}${without} was ${words}.${more}`,
    evidence: [exchange],
    confidence: isProven ? "certain" : "firm",
    ...(isProven ? { severity: "high", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N" } : {}),
  };
}
