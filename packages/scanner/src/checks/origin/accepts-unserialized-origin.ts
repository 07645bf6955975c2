import type { Check } from "../../check.ts";
import { originBattery } from "./origin-battery.ts";

/** The origin is read with more freedom than browsers write it. */
export const acceptsUnserializedOrigin: Check = originBattery({
  id: "accepts-unserialized-origin",
  title: "Origins are accepted in forms that no browser sends",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "Browsers send an origin in one form alone: lower case, no path, no user. A server that accepts others takes it apart or compares a piece of it, which is where look-alikes begin. By itself it gives nothing to anybody.",
  decides:
    "By whether the socket is usable for the application's origin with a path, a user, or a final dot, while a foreign one is refused.",
  sends: "three handshakes, and a ping on each",
  remedy: {
    summary: "Compare the header with each entry of a list, as text.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [346, 1286], rfc: ["RFC 6454 6.2"] },
  origins(own) {
    const { protocol, host, hostname, port } = new URL(own);
    return [
      `${own}/sallyport-scan`,
      `${protocol}//sallyport-scan@${host}`,
      `${protocol}//${hostname}.${port === "" ? "" : `:${port}`}`,
    ];
  },
});
