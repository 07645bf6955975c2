import type { Check } from "../../check.ts";
import { originBattery } from "./origin-battery.ts";

/** What else runs on the host may open the socket. */
export const acceptsOtherPort: Check = originBattery({
  id: "accepts-other-port",
  title: "Pages of any port of the application's host are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
  about:
    "Two ports of a host are two origins: what a browser keeps apart, a check of the host name alone does not. On a developer's machine every tool and every project is another port.",
  decides:
    "By whether the socket is usable for the application's scheme and host with another port, while a foreign origin is refused.",
  sends: "two handshakes with other ports in the origin, and a ping on each",
  remedy: {
    summary: "Compare the whole origin, with its port.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [346, 1385], asvs: ["4.4.2"], rfc: ["RFC 6454 5"] },
  origins(own) {
    const { protocol, hostname, port } = new URL(own);
    return ["8443", "61234"]
      .filter((other) => other !== port)
      .map((other) => `${protocol}//${hostname}:${other}`);
  },
});
