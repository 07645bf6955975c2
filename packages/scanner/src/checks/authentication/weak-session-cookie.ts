import { type Check, found, passed } from "../../check.ts";

const SESSION = /sess|sid|auth|token|jwt|login|user|^io$/i;

/** A cookie that says who somebody is can be read, sent in clear, or sent for other sites. */
export const weakSessionCookie: Check = {
  id: "weak-session-cookie",
  group: "authentication",
  title: "The handshake sets a session cookie without protection",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
  about:
    "A session cookie without `HttpOnly` is read by any script of the page, without `Secure` by whoever is on the way, and with `SameSite=None` it is sent with the handshakes of every other site.",
  decides:
    "By the attributes of the cookies in the answer to a normal handshake whose name looks like that of a session. `Secure` is asked for over TLS alone.",
  sends: "nothing besides the normal connection",
  remedy: {
    summary: "Set-Cookie: __Host-session=…; Secure; HttpOnly; SameSite=Lax; Path=/",
    socketIo: 'new Server(http, { cookie: { name: "io", httpOnly: true, sameSite: "lax", secure: true } })',
  },
  references: { cwe: [1004, 614, 1275], asvs: ["3.3.1", "3.3.2", "3.3.4"], cheatSheet: true },
  async run({ control, target }) {
    const cookies = (control.head?.headers ?? []).flatMap(([name, value]) =>
      name === "set-cookie" && SESSION.test(value.slice(0, value.indexOf("="))) ? [value] : [],
    );
    const faults = cookies.flatMap((cookie) => {
      const lacks = [
        ...(/;\s*httponly/i.test(cookie) ? [] : ["no HttpOnly"]),
        ...(target.isTls && !/;\s*secure/i.test(cookie) ? ["no Secure"] : []),
        ...(/;\s*samesite\s*=\s*none/i.test(cookie) ? ["SameSite=None"] : []),
      ];
      return lacks.length === 0 ? [] : [`${cookie.slice(0, cookie.indexOf("="))}: ${lacks.join(", ")}`];
    });
    if (faults.length === 0) return passed(`${cookies.length} session cookies`);
    return found({ detail: `Set by the handshake: ${faults.join("; ")}.`, evidence: [control.exchange] });
  },
};
