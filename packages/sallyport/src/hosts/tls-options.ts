import { constants } from "node:crypto";
import type { SecureVersion } from "node:tls";

/** `intermediate`: TLS 1.2 and 1.3. `modern`: TLS 1.3 alone. */
export type TlsProfile = "intermediate" | "modern";

/** The options of a TLS server that a profile decides. */
export interface TlsServerOptions {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** OpenSSL names, those of TLS 1.3 first. */
  readonly ciphers: string;
  readonly honorCipherOrder: boolean;
  readonly secureOptions: number;
  readonly ALPNProtocols: string[];
}

/** What a listener's TLS is for. */
export interface TlsFeatures {
  /** HTTP/2 is served, too. */
  readonly http2?: boolean;
  /** Clients are asked for certificates. */
  readonly asksClients?: boolean;
}

const TLS13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
/** Forward secrecy and authenticated encryption alone; without the finite-field suites, which need parameters of their own. */
const TLS12 = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

/**
 * How the gate speaks TLS, after Mozilla's Server Side TLS guidelines: the client's order of suites counts, since all of them
 * are good and it knows what its hardware does well. No renegotiation (CVE-2009-3555, CVE-2011-1473). HTTP/1.1 alone
 * (RFC 6455 has its handshake there), unless `http2` says that HTTP/2 is served, too. How long a handshake may take is for
 * the listener to say.
 *
 * Where clients are asked for certificates no TLS session is resumed (RFC 8446 2.2): a ticket would bring back what was verified
 * when it was issued, after the certificate has ended or its CA was replaced, and each resumption brings another ticket.
 */
export function tlsOptions(
  profile: TlsProfile,
  { http2 = false, asksClients = false }: TlsFeatures = {},
): TlsServerOptions {
  const suites = profile === "modern" ? TLS13 : [...TLS13, ...TLS12];
  return {
    minVersion: profile === "modern" ? "TLSv1.3" : "TLSv1.2",
    maxVersion: "TLSv1.3",
    ciphers: suites.join(":"),
    honorCipherOrder: false,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (asksClients ? constants.SSL_OP_NO_TICKET : 0),
    ALPNProtocols: http2 ? ["h2", "http/1.1"] : ["http/1.1"],
  };
}
