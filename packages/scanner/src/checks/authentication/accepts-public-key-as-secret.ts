import type { KeyObject } from "node:crypto";
import type { Check } from "../../check.ts";
import { NotTestedError } from "../../not-tested.ts";
import { JWT_IDENTITY } from "../policy-lines.ts";
import { forgedTokenCheck } from "./forged-token-check.ts";
import { signWithSecret, writeToken } from "./json-web-token.ts";
import { publicKeysFor } from "./public-keys.ts";

/** What everybody may know is taken for what nobody may. */
export const acceptsPublicKeyAsSecret: Check = forgedTokenCheck({
  id: "accepts-public-key-as-secret",
  title: "Tokens are verified by HMAC with the public key as the secret",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "A verifier that lets the token's header choose the algorithm takes its public key for the secret of HMAC as soon as the header says HS256. The public key is public: with it anybody writes a token for anybody.",
  decides:
    "By whether the socket is usable with the user's claims under HS256, signed with the public key in the forms in which keys are written, while an invented token is refused. The key is that of --jwks, or of the key set at the usual place of the target or of an issuer that belongs to it.",
  sends:
    "up to three GETs for the key set, where --jwks is not given, and a handshake for each form of the key: PEM of either kind, with and without the last line feed",
  remedy: {
    summary:
      "Name the algorithms that are accepted where the token is verified, and keep one key for one algorithm.",
    ws: 'await jwtVerify(token, key, { algorithms: ["RS256"] })',
    sallyport: JWT_IDENTITY,
  },
  references: {
    cwe: [347, 327],
    asvs: ["9.1.2"],
    rfc: ["RFC 8725 2.1", "RFC 8725 3.1"],
    advisories: ["CVE-2015-9235", "CVE-2016-10555"],
  },
  async forge(token, context) {
    const { header, claims } = token;
    if (!/^(?:RS|PS|ES)\d{3}$|^EdDSA$/.test(String(header["alg"]))) return [];
    const keys = await publicKeysFor(context, token);
    if (keys.length === 0) throw new NotTestedError("no public key was given or found: give --jwks");
    const forms = keys.flatMap(formsOf);
    return forms.map(({ name, secret }) => ({
      name,
      token: writeToken(
        { ...header, alg: "HS256" },
        claims,
        (signed) => signWithSecret("HS256", secret, signed) ?? Buffer.alloc(0),
      ),
    }));
  },
  saw: "Accepted with the public key as the secret",
});

/** A public key as it stands in files and variables. */
function formsOf(key: KeyObject): readonly { readonly name: string; readonly secret: string }[] {
  const types = key.asymmetricKeyType === "rsa" ? (["spki", "pkcs1"] as const) : (["spki"] as const);
  return types.flatMap((type) => {
    const pem = String(key.export({ type, format: "pem" }));
    return [
      { name: `PEM (${type})`, secret: pem },
      { name: `PEM (${type}) without its last line feed`, secret: pem.trimEnd() },
    ];
  });
}
