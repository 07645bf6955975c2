import type { X509Certificate } from "node:crypto";
import type { CheckContext } from "../../check-context.ts";
import { NotTestedError } from "../../not-tested.ts";
import { knownAuthorities, tlsOf } from "../../probe/tls-of.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** What the target proves itself with. */
export interface PeerCertificate {
  readonly certificate: X509Certificate;
  /** Why it is not trusted, in the words of OpenSSL; null where it is. */
  readonly distrust: string | null;
  readonly exchange: Exchange;
}

/** The certificate of the target, asked for once in a scan. */
export function peerCertificate(context: CheckContext): Promise<PeerCertificate> {
  return context.remember("transport.certificate", () => ask(context));
}

async function ask(context: CheckContext): Promise<PeerCertificate> {
  const ca = [...knownAuthorities(), ...context.settings.authorities];
  // oxlint-disable-next-line sallyport/no-unverified-tls -- names are for a check of their own to judge
  const probe = await context.dial({ tls: { ca, checkServerIdentity: () => undefined } });
  const socket = tlsOf(probe.socket);
  const certificate = socket?.getPeerX509Certificate();
  if (socket === null || certificate === undefined)
    throw new NotTestedError("the target shows no certificate");
  const { subject, issuer, subjectAltName = "", validFrom, validTo } = certificate;
  probe.note(`subject ${oneLine(subject)}; names ${oneLine(subjectAltName)}`);
  probe.note(`issuer ${oneLine(issuer)}; valid from ${validFrom} to ${validTo}`);
  // Node has an error here, or its code, whatever its types say.
  const problem: unknown = socket.authorizationError;
  const distrust = socket.authorized
    ? null
    : problem instanceof Error && "code" in problem
      ? String(problem.code)
      : String(problem);
  return { certificate, distrust, exchange: probe.exchange("the certificate of the target") };
}

function oneLine(text: string): string {
  return text.replaceAll("\n", ", ");
}
