import type { X509Certificate } from "node:crypto";
import { isIPv6 } from "node:net";

/** An IP address as a URL writes it: IPv6 in its shortest form, in brackets. */
function urlHost(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname : address;
}

/**
 * The names that a certificate is for, from its subject alternative names alone (RFC 6125 6.4.4): DNS names in lower case, which may
 * hold a leading `*.` label, IPv4 addresses, and IPv6 addresses in brackets. Names that Node had to quote, because they hold
 * characters that no host name has, are left out.
 */
export function certificateNames(certificate: X509Certificate): string[] {
  const text = certificate.subjectAltName ?? "";
  const entries = text.matchAll(/(?:^|, )(DNS|IP Address):([^",]+)(?=, |$)/g);
  return [...entries].map(([, kind, name = ""]) => (kind === "DNS" ? name.toLowerCase() : urlHost(name)));
}
