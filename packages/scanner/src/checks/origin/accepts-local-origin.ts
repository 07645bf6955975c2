import type { Check } from "../../check.ts";
import { originBattery } from "./origin-battery.ts";

const HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/** What was meant for development is open in production. */
export const acceptsLocalOrigin: Check = originBattery({
  id: "accepts-local-origin",
  title: "Pages of the visitor's own machine can use the socket",
  severity: "low",
  cvss: "CVSS:3.1/AV:L/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "An origin such as `http://localhost:3000` was put on the list for development and stayed there. Any program that serves a page on a user's machine, and any page that is read through such a program, then talks to the application as that user.",
  decides:
    "By whether the socket is usable for such origins, while a foreign one is refused and the application's own is none of them.",
  sends: `handshakes with origins of ${HOSTS.join(", ")}, with the ports 80, 3000 and 8080, and a ping on each`,
  remedy: {
    summary: "Keep the list of production apart from that of development.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [1385, 346, 489], asvs: ["4.4.2"], cheatSheet: true },
  origins(own, { target }) {
    const { hostname } = new URL(own);
    if (target.isLoopback || HOSTS.includes(hostname))
      return "the application itself is on loopback: see accepts-other-port";
    return HOSTS.flatMap((host) => [`http://${host}`, `http://${host}:3000`, `http://${host}:8080`]);
  },
});
