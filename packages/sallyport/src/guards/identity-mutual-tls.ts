import { z } from "zod";
import type { ClientCertificate } from "./client-certificate.ts";
import type { Identity } from "./guard.ts";
import type { IdentityProvider, IdentityRefusal } from "./identity-provider.ts";
import { quoted } from "./quoted.ts";

/** How a client certificate proves who the caller is. */
export interface MutualTlsOptions {
  /** What of the certificate names the user. */
  readonly user: "subject" | "commonName" | "uri" | "dns" | "email" | "fingerprint";
  /** Issuers whose certificates count, as RFC 4514 writes them; absent: every one that the listener's CA vouches for. */
  readonly issuers?: readonly string[] | undefined;
}

/** The options of `identity.mutualTls`. */
export const mutualTlsOptions: z.ZodType<MutualTlsOptions> = z.strictObject({
  user: z
    .enum(["subject", "commonName", "uri", "dns", "email", "fingerprint"])
    .default("subject")
    .describe(
      "What names the user: the whole `subject` (RFC 4514), its `commonName`, the one alternative name that is a `uri` (SPIFFE), a `dns` name or an `email` address, or the SHA-256 `fingerprint`.",
    ),
  issuers: z
    .array(z.string().min(1), { error: "expected a list of issuers, such as [CN=Devices,O=Example]" })
    .min(
      1,
      "expected at least one issuer: leave `issuers` out to accept all that the listener's CA vouches for",
    )
    .optional()
    .describe(
      "Issuers whose certificates count, as RFC 4514 writes them: `CN=Devices,O=Example`. Absent: every one that the listener's `tls.clientCa` vouches for.",
    ),
});

/** How alternative names of a kind begin (RFC 5280 4.2.1.6), as Node writes them. */
const PREFIXES = { uri: "URI:", dns: "DNS:", email: "email:" } as const;

/** The one name that the certificate has of this kind, or why there is none. */
function userOf(
  certificate: ClientCertificate,
  kind: MutualTlsOptions["user"],
): { readonly user: string } | { readonly fault: string } {
  const { subject, commonName, alternativeNames, fingerprint } = certificate;
  if (kind === "fingerprint") return { user: fingerprint };
  if (kind === "subject") return subject === "" ? { fault: "its subject is empty" } : { user: subject };
  if (kind === "commonName")
    return commonName === null ? { fault: "it has not exactly one common name" } : { user: commonName };
  const prefix = PREFIXES[kind];
  const [only, ...more] = alternativeNames.filter((name) => name.startsWith(prefix));
  const user = only?.slice(prefix.length) ?? "";
  // Node quotes what holds characters that such a name cannot have.
  if (user === "" || more.length > 0 || user.startsWith('"'))
    return { fault: `it has not exactly one plain alternative name of the kind ${kind}` };
  return { user };
}

function identityOf(certificate: ClientCertificate, user: string): Identity {
  const { subject, issuer, commonName, alternativeNames, fingerprint, notAfter } = certificate;
  return {
    provider: "mutualTls",
    user,
    issuer,
    claims: Object.freeze({ subject, commonName, alternativeNames, fingerprint }),
    tenant: null,
    expiresAt: notAfter,
    credential: "certificate",
  };
}

/** Without a challenge: no header that the client could send would mend it. */
function refused(detail: string): IdentityRefusal {
  return { verdict: "refuse", code: "identity.invalid", detail };
}

const WRONG_ISSUER = "its issuer is none of `issuers`";

/**
 * The client's certificate says who the caller is (RFC 8446 4.4.2), on listeners with `tls.clientCa`: no certificate is for
 * the next provider; one that the CA does not vouch for, that has ended, has another issuer or not the one name that is looked for
 * is `identity.invalid`. The connection ends with the certificate.
 */
export function createMutualTls({ user: kind, issuers }: MutualTlsOptions): IdentityProvider {
  const accepts = (issuer: string | null): boolean =>
    issuers === undefined || (issuer !== null && issuers.includes(issuer));
  return {
    names: ["mutualTls"],
    identify({ request: { certificate, certificateFault }, wallNow }) {
      if (certificateFault !== undefined) return refused(`client certificate: ${certificateFault}`);
      if (certificate === null) return null;
      const about = `client certificate of ${quoted(certificate.subject)}`;
      if (certificate.notAfter <= wallNow) return refused(`${about}: it has ended`);
      if (!accepts(certificate.issuer))
        return refused(`${about}: ${WRONG_ISSUER} (${quoted(certificate.issuer)})`);
      const named = userOf(certificate, kind);
      if ("fault" in named) return refused(`${about}: ${named.fault}`);
      return identityOf(certificate, named.user);
    },
    credentialOf: ({ request }) => request.certificate?.fingerprint ?? "",
    readmit: ({ identity }) => (accepts(identity.issuer) ? null : `client certificate: ${WRONG_ISSUER}`),
  };
}
