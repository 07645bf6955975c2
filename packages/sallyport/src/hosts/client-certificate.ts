import type { X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import type { ClientCertificate } from "../guards/client-certificate.ts";
import type { HandshakeRequest } from "../guards/guard.ts";
import type { SocketEnds } from "./peer.ts";

/** What a connection says of its client's certificate. */
export type PresentedCertificate = Pick<HandshakeRequest, "certificate" | "certificateFault">;

const NONE: PresentedCertificate = { certificate: null };
/** What no name holds that is meant to be read. */
const CONTROL = /\p{Cc}/u;

/**
 * A distinguished name as RFC 4514 writes it, the most specific part first. Node escapes the values and separates the parts
 * by line breaks, those of one multi-valued part by ` + `: neither can stand unescaped in a value.
 */
function distinguishedName(text: string | undefined): string {
  const parts = (text ?? "").split("\n").filter((part) => part !== "");
  return parts
    .toReversed()
    .map((part) => part.replaceAll(" + ", "+"))
    .join(",");
}

/** The one common name; `null` for none, for several, and for what nobody could read. */
function commonName(certificate: X509Certificate): string | null {
  const subject: unknown = certificate.toLegacyObject().subject;
  const name = typeof subject === "object" && subject !== null && "CN" in subject ? subject.CN : null;
  return typeof name === "string" && name !== "" && !CONTROL.test(name) ? name : null;
}

/** Entries of a subject alternative name; Node quotes a value that holds a comma as JSON. */
function alternativeNames(text: string | undefined): string[] {
  const entries = (text ?? "").match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return entries.map((entry) => entry.trim());
}

function describe(certificate: X509Certificate): ClientCertificate {
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    commonName: commonName(certificate),
    alternativeNames: alternativeNames(certificate.subjectAltName),
    fingerprint: certificate.fingerprint256,
    notAfter: certificate.validToDate.getTime(),
  };
}

/**
 * The client's certificate of a connection (RFC 8446 4.4.2), where its server asked for one and its CA vouches for it. One that
 * the CA does not vouch for, or that has ended, is told as a fault and never read. `authorized` alone says too little: Node
 * answers yes for a resumed TLS 1.3 session without any certificate.
 */
export function clientCertificate(socket: SocketEnds): PresentedCertificate {
  if (!(socket instanceof TLSSocket)) return NONE;
  // Neither authorised nor the reason why not: none was asked for.
  const asked: unknown = socket.authorizationError;
  if (!socket.authorized && (asked === null || asked === undefined)) return NONE;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return NONE;
  if (socket.authorized) return { certificate: describe(certificate) };
  const fault = String(asked instanceof Error ? asked.message : asked);
  return { certificate: null, certificateFault: `the listener's CA does not vouch for it (${fault})` };
}
