import type { SocketProof } from "../../browser/browser-evidence.ts";
import { type Check, type Outcome, type Sighting } from "../../check.ts";
import { outcomeOf } from "./browser-proof.ts";

/** A page of another site uses the visitor's socket, in a real browser. */
export const hijackProven: Check = {
  id: "hijack-proven",
  group: "origin",
  title: "In a browser, a page of another site uses the visitor's socket",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N",
  about:
    "Whatever protects a socket from other sites, the cookie's `SameSite`, the server's look at `Origin`, the browser's blocking of third-party cookies, counts by what is left of it when they meet. Here a browser with a visitor's login opened a page of another site, and that page talked on the visitor's socket: it reads what the visitor reads, and says what the visitor may say (cross-site WebSocket hijacking).",
  decides:
    "By what pages read in Chromium. The socket is opened four times: from the application's own origin with the login of `--storage-state`, from there without a login, and with the login from a page of another site and from one of the same site. What the other site's page reads counts where the application's page reads it too, and a browser without a login does not; so a public socket is no finding. Where nobody is told anything, a socket counts that stays open with the login and is refused without. Whatever a stranger cannot know, a ticket in the URL or a token in a message, is left out. Third-party cookies are sent, as Chrome does by default; where that succeeds, it is tried again with them blocked, as Safari does, and the finding says what came of it.",
  sends:
    "with --browser: the page twice, with and without the login; then five handshakes of Chromium for each socket, each with what the page itself says first",
  remedy: {
    summary:
      "Compare `Origin` with a list of whole origins before the upgrade. `SameSite=Lax` keeps other sites from using the cookie, and leaves those of the same site; a ticket fetched by the page keeps out both.",
    ws: 'server.on("upgrade", (request, socket, head) => { if (!allowed.has(request.headers.origin)) { socket.end("HTTP/1.1 403 Forbidden\\r\\n\\r\\n"); return; } … })',
    socketIo:
      'new Server(http, { allowRequest: (request, done) => done(null, allowed.has(request.headers.origin)), cookie: { name: "io", sameSite: "lax", httpOnly: true, secure: true } })',
    nginx: 'if ($http_origin !~ "^https://app\\.example\\.com$") { return 403; }',
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: {
    cwe: [1385, 1275],
    asvs: ["4.4.2", "3.3.2"],
    rfc: ["RFC 6455 10.2"],
    cheatSheet: true,
  },
  needsBrowser: true,
  withoutControl: true,
  run: async (context): Promise<Outcome> => outcomeOf(context, ({ stranger }) => stranger, sighting),
};

function sighting(proof: SocketProof): Pick<Sighting, "detail" | "evidence"> {
  const { stranger, strangerWithoutCookies: blocked, control, anonymous, isLocal } = proof;
  const parts = [`A page of another site opened the socket, and ${stranger.verdict.words}.`];
  if (blocked !== null)
    parts.push(
      blocked.verdict.kind === "hijacked"
        ? "So it did where third-party cookies are blocked."
        : `Where third-party cookies are blocked it did not: ${blocked.verdict.words}.`,
    );
  if (isLocal)
    parts.push(
      "The target is on this machine or a network of its own: current Chromium asks the visitor before a page of the internet may reach it, and not before a page from such a network.",
    );
  return {
    detail: parts.join(" "),
    evidence: [
      stranger.trial.exchange,
      control.exchange,
      anonymous.exchange,
      ...(blocked === null ? [] : [blocked.trial.exchange]),
    ],
  };
}
