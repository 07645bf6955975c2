import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { NotTestedError } from "../../not-tested.ts";
import type { Probe } from "../../probe/probe.ts";
import { tlsOf } from "../../probe/tls-of.ts";
import { tryTls } from "./tls-trial.ts";

/** Suites by what is wrong with them, the worst first, in the words of OpenSSL. */
const KINDS = {
  "no encryption": "eNULL:@SECLEVEL=0",
  "no certificate": "aNULL:!eNULL:@SECLEVEL=0",
  "broken encryption (RC4, DES, 3DES, export)": "RC4:DES:3DES:EXPORT:!aNULL:!eNULL:@SECLEVEL=0",
  "no forward secrecy": "kRSA:!aNULL:!eNULL:!3DES:!RC4:@SECLEVEL=0",
} as const;

/** Suites that do not protect. */
export const acceptsWeakCipher: Check = {
  id: "accepts-weak-cipher",
  group: "transport",
  title: "Weak cipher suites are accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
  about:
    "Suites without encryption or without a certificate protect nothing. Those with an RSA key exchange have no forward secrecy: whoever records traffic today reads it when the key is lost in ten years.",
  decides:
    "By whether a TLS 1.2 handshake that offers only such suites succeeds. High where they have no encryption or no certificate.",
  sends: `a TLS handshake for each of: ${Object.keys(KINDS).join(", ")}; nothing behind them`,
  remedy: {
    summary:
      "Accept the suites of Mozilla's intermediate configuration: ECDHE with AES-GCM or ChaCha20, and TLS 1.3.",
    ws: 'https.createServer({ ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20", … })',
    nginx: "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;",
    sallyport:
      "listen: [{ address: 0.0.0.0:443, tls: { certificate: cert.pem, key: key.pem } }] # ECDHE with AEAD alone",
  },
  references: { cwe: [327, 326], asvs: ["12.1.2"], rfc: ["RFC 9325 4.2"], cheatSheet: true },
  withoutControl: true,
  async run(context) {
    if (!context.target.isTls) return notApplicable("the target has no TLS: see answers-in-plaintext");
    if ((await tryTls(context, {})) === null) return notTested("no normal TLS connection can be made");
    const seen: { readonly kind: string; readonly suite: string; readonly probe: Probe }[] = [];
    const untried: string[] = [];
    for (const [kind, ciphers] of Object.entries(KINDS)) {
      const probe = await trySuites(context, ciphers);
      if (probe === "untried") untried.push(kind);
      else if (probe !== null) seen.push({ kind, suite: suiteOf(probe), probe });
    }
    if (seen.length === 0)
      return passed(untried.length === 0 ? "" : `this machine's TLS cannot try: ${untried.join(", ")}`);
    for (const { suite, probe } of seen) probe.note(`a TLS 1.2 handshake with ${suite} succeeded`);
    const isOpen = seen.some(({ kind }) => kind === "no encryption" || kind === "no certificate");
    return found({
      detail: `Accepted: ${seen.map(({ kind, suite }) => `${suite} (${kind})`).join(", ")}.`,
      evidence: seen.map(({ kind, probe }) => probe.exchange(`suites with ${kind}`)),
      ...(isOpen ? { severity: "high", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N" } : {}),
    });
  },
};

async function trySuites(context: CheckContext, ciphers: string): Promise<Probe | null | "untried"> {
  try {
    return await tryTls(context, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2", ciphers });
  } catch (error) {
    if (error instanceof NotTestedError && error.message.startsWith("this machine's TLS")) return "untried";
    throw error;
  }
}

function suiteOf({ socket }: Probe): string {
  return tlsOf(socket)?.getCipher().name ?? "";
}
