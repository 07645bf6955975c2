import { isIP } from "node:net";
import type { Check } from "../../check.ts";
import { originBattery } from "./origin-battery.ts";

/** Any subdomain is as good as the application. */
export const acceptsSubdomainOrigin: Check = originBattery({
  id: "accepts-subdomain-origin",
  title: "Pages of any subdomain are accepted",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "Where every subdomain may use the socket, the weakest of them does: a forgotten name that points at a service where somebody else can take it, or one on which users publish pages. It may be meant so; then it should be known.",
  decides:
    "By whether the socket is usable for subdomains that do not exist, while a foreign origin is refused.",
  sends: "two handshakes with invented subdomains in the origin, and a ping on each",
  remedy: {
    summary:
      "List the origins, each by itself; where a wildcard has to be, let nobody else publish below it.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [346, 942], asvs: ["4.4.2"] },
  origins(own) {
    const { protocol, hostname, host } = new URL(own);
    if (isIP(hostname) !== 0 || hostname.startsWith("[") || hostname === "localhost")
      return "the application's host has no subdomains";
    const [, ...rest] = host.split(".");
    return [
      `${protocol}//sallyport-scan.${host}`,
      ...(rest.length > 1 ? [`${protocol}//sallyport-scan.${rest.join(".")}`] : []),
    ];
  },
});
