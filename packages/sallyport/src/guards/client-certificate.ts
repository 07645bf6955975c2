/** A client certificate that the listener's own CA vouches for. */
export interface ClientCertificate {
  /** The subject as RFC 4514 writes it, such as `CN=sensor-7,O=Example`. */
  readonly subject: string;
  /** Who issued it, written in the same way. */
  readonly issuer: string;
  /** The subject's common name; `null` when it has none. */
  readonly commonName: string | null;
  /** Subject alternative names as Node writes them, such as `DNS:a.example` or `URI:spiffe://example/a`. */
  readonly alternativeNames: readonly string[];
  /** SHA-256 of the certificate, in upper-case hex pairs with colons. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}
