import type { Check } from "../../check.ts";
import { trustedHeaderCheck } from "./trusted-header-check.ts";

/** Whoever says who they are, is. */
export const trustsIdentityHeader: Check = trustedHeaderCheck({
  id: "trusts-identity-header",
  title: "A header that says who a client is stands for credentials",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "Behind a proxy that signs users in, an application reads who they are from a header. Where the application can be reached past the proxy, or the proxy passes a client's own header on, anybody is anybody.",
  decides:
    "By whether the socket is usable without credentials and with headers that name a user, while it is refused without both.",
  sends:
    "one handshake without credentials, with `X-Forwarded-User`, `X-User-ID`, `Remote-User` and others that say admin",
  remedy: {
    summary: "Strip such headers where requests come in, and let the proxy sign what it says.",
    nginx: 'proxy_set_header X-Forwarded-User "";',
    sallyport:
      "path: /chat # the application verifies Sallyport-Identity, a signed token; the same name from a client is stripped",
  },
  references: { cwe: [290, 287], asvs: ["4.1.3"] },
  headers: {
    "X-Forwarded-User": "admin",
    "X-Forwarded-Email": "admin@example.com",
    "X-Remote-User": "admin",
    "Remote-User": "admin",
    "X-User-ID": "1",
    "X-User": "admin",
    "X-Auth-Request-User": "admin",
    "X-Authenticated-User": "admin",
  },
});
