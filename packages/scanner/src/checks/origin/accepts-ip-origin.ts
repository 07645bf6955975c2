import type { Check } from "../../check.ts";
import { originBattery } from "./origin-battery.ts";

/** Any address will do. */
export const acceptsIpOrigin: Check = originBattery({
  id: "accepts-ip-origin",
  title: "Pages of any IP address can use the socket",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N",
  about:
    "Some checks let every origin pass whose host is an IP address, for convenience in development. Anybody has an address to serve a page from.",
  decides:
    "By whether the socket is usable for origins of addresses that are reserved for documentation, while a foreign name is refused.",
  sends:
    "handshakes with the origins `http://203.0.113.7` and `http://[2001:db8::1]`, in the target's scheme, and a ping on each",
  remedy: {
    summary: "Put the addresses that pages are served from on the list, each by itself.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [1385, 346], asvs: ["4.4.2"], rfc: ["RFC 6455 10.2"], cheatSheet: true },
  origins(own) {
    const { protocol, port } = new URL(own);
    const suffix = port === "" ? "" : `:${port}`;
    return [`${protocol}//203.0.113.7${suffix}`, `${protocol}//[2001:db8::1]${suffix}`];
  },
});
