import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { tlsOf } from "../../probe/tls-of.ts";
import { tryTls } from "./tls-trial.ts";

const VERSIONS = ["TLSv1", "TLSv1.1"] as const;

/** Versions of TLS that nobody needs any more. */
export const acceptsOldTls: Check = {
  id: "accepts-old-tls",
  group: "transport",
  title: "TLS 1.0 or 1.1 is accepted",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
  about:
    "TLS 1.0 and 1.1 rest on MD5 and SHA-1 and on modes of encryption with known attacks. Browsers left them in 2020; what still speaks them are old clients, and whoever is on the way and wants a weaker connection.",
  decides:
    "By whether a TLS handshake of just that version succeeds, while normal connections have a newer one.",
  sends: "one TLS handshake of version 1.0 and one of version 1.1, and nothing behind them",
  remedy: {
    summary: "Accept TLS 1.2 and 1.3 alone.",
    ws: 'https.createServer({ minVersion: "TLSv1.2", … })',
    nginx: "ssl_protocols TLSv1.2 TLSv1.3;",
    sallyport:
      "listen: [{ address: 0.0.0.0:443, tls: { certificate: cert.pem, key: key.pem } }] # TLS 1.2 and above",
  },
  references: { cwe: [327, 326], asvs: ["12.1.1"], rfc: ["RFC 8996"], cheatSheet: true },
  withoutControl: true,
  async run(context) {
    if (!context.target.isTls) return notApplicable("the target has no TLS: see answers-in-plaintext");
    if ((await tryTls(context, {})) === null) return notTested("no normal TLS connection can be made");
    const trials = await Promise.all(
      VERSIONS.map((version) =>
        tryTls(context, { minVersion: version, maxVersion: version, ciphers: "DEFAULT:@SECLEVEL=0" }),
      ),
    );
    const accepted = trials.filter((probe) => probe !== null);
    if (accepted.length === 0) return passed("1.0 and 1.1 are refused");
    const names = accepted.map(({ socket }) => tlsOf(socket)?.getProtocol() ?? "");
    for (const [at, probe] of accepted.entries()) probe.note(`a TLS handshake of ${names[at]} succeeded`);
    return found({
      detail: `A TLS handshake of ${names.join(" and of ")} succeeded.`,
      evidence: accepted.map((probe) => probe.exchange("a TLS handshake of an old version")),
    });
  },
};
