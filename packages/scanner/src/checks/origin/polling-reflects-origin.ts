import { describeAttempt } from "../../attempt.ts";
import { type Check, found, notApplicable, passed } from "../../check.ts";
import { headerOf } from "../../probe/response-head.ts";
import { findEngineIo, NO_ENGINE_IO, pathOf } from "../messages/engine-io.ts";
import { FOREIGN, usesCookie } from "./foreign-origin.ts";

/** The other way in says yes to every site. */
export const pollingReflectsOrigin: Check = {
  id: "polling-reflects-origin",
  group: "origin",
  title: "Pages of any site can read the long polling beside the socket (CORS)",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Engine.IO offers the same session by HTTP requests. Where these allow every origin, a page of any site holds a session by polling, whatever the WebSocket does about origins; with credentials allowed it does so as the visitor.",
  decides:
    "By the headers that let a browser read the answer: Access-Control-Allow-Origin with the foreign origin, or with * where no cookie is used, on an answer that begins a session. High where credentials are allowed as well.",
  sends:
    "where Engine.IO is spoken: one GET for a polling session, with `Origin: https://sallyport-scan.invalid`",
  remedy: {
    summary: "Name the origins that may read, or switch polling off.",
    socketIo:
      'new Server(http, { cors: { origin: ["https://app.example.com"], credentials: true }, transports: ["websocket"] })',
    sallyport: "http: refuse",
  },
  references: {
    cwe: [942, 1385, 346],
    asvs: ["3.4.2"],
    advisories: ["CVE-2020-28481"],
    cheatSheet: true,
  },
  withoutControl: true,
  async run(context) {
    const engine = await findEngineIo(context);
    if (engine === null) return notApplicable(NO_ENGINE_IO);
    const names = ["Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol"];
    const attempt = await context.request(
      context.handshake({
        path: pathOf(engine, "polling"),
        origin: FOREIGN,
        set: { Connection: "close", ...Object.fromEntries(names.map((name) => [name, null])) },
      }),
    );
    const { head, body } = attempt.probe;
    const isSession = attempt.status === 200 && body.toString("utf8").includes('"sid"');
    if (head === null || !isSession) return passed(`polling was ${describeAttempt(attempt)}`);
    const allowed = headerOf(head, "access-control-allow-origin");
    const isReadable = allowed === FOREIGN || (allowed === "*" && !usesCookie(context));
    if (!isReadable)
      return passed(`polling answers with Access-Control-Allow-Origin: ${allowed ?? "nothing"}`);
    const withCredentials =
      allowed === FOREIGN && headerOf(head, "access-control-allow-credentials") === "true";
    return found({
      detail: `A polling session was begun for ${FOREIGN}, with Access-Control-Allow-Origin: ${allowed}${withCredentials ? " and credentials" : ""}.`,
      evidence: [attempt.probe.exchange("a polling session of a foreign origin")],
      ...(withCredentials ? { severity: "high", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N" } : {}),
    });
  },
};
