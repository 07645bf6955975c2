import { type Check, found, passed } from "../../check.ts";
import { tryForeign, usesCookie } from "./foreign-origin.ts";

/** Any site may open a socket in a visitor's browser. */
export const acceptsForeignOrigin: Check = {
  id: "accepts-foreign-origin",
  group: "origin",
  title: "Pages of any site can use the socket",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Browsers let any page open a WebSocket to any host and send that host's cookies along. Unless the server looks at `Origin`, a page that a user happens to visit talks to the application as that user, and reaches servers on the visitor's own machine and network (cross-site WebSocket hijacking).",
  decides:
    "By what the socket is good for after a handshake with a foreign `Origin`, not by the 101: it gets the time to be ended, and then has to answer a ping. High where a cookie was sent with it, or where it got the data that the application's own origin gets, unless --browser has shown that the browser keeps the cookie back.",
  sends: "one handshake with `Origin: https://sallyport-scan.invalid`, the messages of --message, and a ping",
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
    // What a browser has tried, it knows better: `SameSite` may keep the cookie back.
    const isKeptBack = context.settings.browser?.stranger.verdict.kind === "safe";
    const isProven = !isKeptBack && (trial.hasData || usesCookie(context));
    return found({
      detail: `A handshake with Origin: ${trial.origin} was ${trial.words}.`,
      evidence: [trial.exchange],
      confidence: isProven ? "certain" : "firm",
      ...(isProven ? { severity: "high", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N" } : {}),
    });
  },
};
