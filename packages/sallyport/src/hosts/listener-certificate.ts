import { X509Certificate } from "node:crypto";
import type { Emit } from "../events.ts";
import { isLoopback } from "../guards/loopback.ts";
import type { ListenerPolicy, Policy } from "../policy/policy.ts";
import type { AcmeBoard } from "./acme/acme-board.ts";
import { createCertificateSource } from "./certificate.ts";
import type { ListenerCertificate } from "./listener.ts";

/** What the TLS of a listener is made of. */
export interface CertificateOptions {
  readonly policy: Policy;
  readonly emit: Emit;
  /** Where the development CA keeps its keys. */
  readonly developmentDirectory: string;
  /** The certificates from ACME authorities. */
  readonly acme: AcmeBoard;
}

/** The TLS of a listener, `null` where it speaks plaintext; and the certificate file of the development CA, where it uses that. */
export async function certificateFor(
  listener: ListenerPolicy,
  { policy, emit, developmentDirectory, acme }: CertificateOptions,
): Promise<{ certificate: ListenerCertificate | null; caFile: string | null }> {
  const { tls } = listener;
  if (tls.kind === "off") return { certificate: null, caFile: null };
  if (tls.kind === "acme") return { certificate: acme.certificate(tls.acme), caFile: null };
  if (tls.kind === "files") {
    return {
      certificate: await createCertificateSource({
        certificateFile: tls.certificate,
        keyFile: tls.key,
        clientCaFile: tls.clientCa ?? undefined,
        emit,
      }),
      caFile: null,
    };
  }
  const hosts = policy.routes.flatMap((route) => route.hosts);
  const names = isLoopback(listener.address) ? hosts : [...hosts, listener.address];
  // What makes certificates is loaded only where one is made.
  const { loadDevelopmentCertificate } = await import("./development-ca.ts");
  const made = await loadDevelopmentCertificate({ directory: developmentDirectory, names });
  const certificate: ListenerCertificate = {
    current: () => ({ cert: made.certificatePem, key: made.keyPem }),
    names: () => hosts,
    notAfter: () => new X509Certificate(made.certificatePem).validToDate.getTime(),
    onChange: () => () => {},
    close: () => {},
  };
  return { certificate, caFile: made.caFile };
}
