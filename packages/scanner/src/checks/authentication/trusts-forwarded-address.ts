import type { Check } from "../../check.ts";
import { trustedHeaderCheck } from "./trusted-header-check.ts";

/** Whoever says that they come from inside, is inside. */
export const trustsForwardedAddress: Check = trustedHeaderCheck({
  id: "trusts-forwarded-address",
  title: "A header that says where a client is stands for credentials",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "Servers that let in whoever comes from their own network often take the address from `X-Forwarded-For`, which anybody can send where no proxy takes it away.",
  decides:
    "By whether the socket is usable without credentials and with headers that claim the address 127.0.0.1, while it is refused without both.",
  sends:
    "one handshake without credentials, with `X-Forwarded-For`, `X-Real-IP`, `Forwarded` and others that say 127.0.0.1",
  remedy: {
    summary: "Read such headers from known proxies alone, and take the address as no proof of anything.",
    nginx: "proxy_set_header X-Forwarded-For $remote_addr;",
    sallyport:
      "listen: [{ address: 0.0.0.0:443, tls: { certificate: cert.pem, key: key.pem }, trustedProxies: [10.0.0.0/8] }] # from anybody else they are stripped",
  },
  references: { cwe: [290, 348], asvs: ["4.1.3"], rfc: ["RFC 7239 8.1"] },
  headers: {
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "X-Client-IP": "127.0.0.1",
    "True-Client-IP": "127.0.0.1",
    "CF-Connecting-IP": "127.0.0.1",
    Forwarded: "for=127.0.0.1;proto=https",
    "X-Forwarded-Host": "localhost",
  },
});
