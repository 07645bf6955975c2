import { isIP } from "node:net";
import type { Check } from "../../check.ts";
import { originBattery } from "./origin-battery.ts";

/** Origins that contain, begin or end with the right one, and are somebody else's. */
export function lookalikes(own: string): readonly string[] {
  const { protocol, hostname, host } = new URL(own);
  const names =
    isIP(hostname) !== 0 || hostname.startsWith("[")
      ? []
      : [
          `${protocol}//not${hostname}`,
          `${protocol}//sallyport-scan-${hostname}`,
          ...(hostname.includes(".")
            ? [
                `${protocol}//${hostname.replaceAll(".", "x")}.invalid`,
                `${protocol}//${hostname.replace(".", "x")}`,
              ]
            : []),
        ];
  return [
    `${protocol}//${hostname}.sallyport-scan.invalid`,
    ...names,
    `https://sallyport-scan.invalid/${host}`,
    `https://sallyport-scan.invalid#${host}`,
    `${protocol}//${host}@sallyport-scan.invalid`,
  ];
}

/** Origins are compared by a part of them. */
export const acceptsLookalikeOrigin: Check = originBattery({
  id: "accepts-lookalike-origin",
  title: "Origins that only look like the application's are accepted",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N",
  about:
    "A check by `includes`, `startsWith`, `endsWith`, or a pattern with a bare dot or without anchors, admits names that anybody can register: `app.example.com.attacker.test`, `notexample.com`, `appXexample.com`.",
  decides: "By whether the socket is usable for each look-alike, while a plainly foreign origin is refused.",
  sends:
    "up to eight handshakes, each with another look-alike of the application's origin, and a ping on each",
  remedy: {
    summary:
      "Compare the whole origin with each entry of a list, as text; no prefixes, suffixes or patterns.",
    ws: 'const allowed = new Set(["https://app.example.com"]); allowed.has(request.headers.origin)',
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: {
    cwe: [1385, 346, 625],
    asvs: ["4.4.2"],
    rfc: ["RFC 6454 5", "RFC 6455 10.2"],
    cheatSheet: true,
  },
  origins: lookalikes,
});
