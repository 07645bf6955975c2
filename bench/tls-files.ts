import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadDevelopmentCertificate } from "../packages/sallyport/src/hosts/development-ca.ts";

/** A certificate and its key, as everything that listens here over TLS shows it. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Writes an ECDSA P-256 certificate for localhost, as the development CA makes it. */
export async function writeTlsFiles(directory: string): Promise<TlsFiles> {
  const made = await loadDevelopmentCertificate({ directory: join(directory, "ca"), names: [] });
  const [certificate, key] = [join(directory, "certificate.pem"), join(directory, "certificate.pem.key")];
  await writeFile(certificate, made.certificatePem);
  await writeFile(key, made.keyPem, { mode: 0o600 });
  return { certificate, key };
}
