import type { Check } from "../../check.ts";
import { originBattery } from "./origin-battery.ts";

const ORIGINS = [
  "file://",
  "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
  "moz-extension://5f1c8e4a-0000-4000-8000-000000000000",
  "vscode-webview://sallyport-scan",
  "capacitor://sallyport-scan",
];

/** Whatever is no website passes. */
export const acceptsAppOrigin: Check = originBattery({
  id: "accepts-app-origin",
  title: "Local files, or any browser extension, can use the socket",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "A check that looks for `http` alone, or was opened for an own extension or editor, lets any extension and any downloaded file talk to the application as the user who has it.",
  decides: "By whether the socket is usable for such origins, while a foreign site's is refused.",
  sends: `a handshake with each of ${ORIGINS.map((origin) => `\`${origin}\``).join(", ")}, and a ping on each`,
  remedy: {
    summary: "Put an own extension's whole origin on the list, with its id.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [1385, 346], asvs: ["4.4.2"], rfc: ["RFC 6455 10.2"] },
  origins: () => ORIGINS,
});
