import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { JWT_IDENTITY } from "../policy-lines.ts";
import { tokensOf } from "./credentials.ts";
import { readToken, signWithSecret } from "./json-web-token.ts";
import { weakSecrets } from "./weak-secrets.ts";

/** The secret that tokens are signed with can be guessed. */
export const weakTokenSecret: Check = {
  id: "weak-token-secret",
  group: "authentication",
  title: "Tokens are signed with a secret that everybody knows",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "Whoever has one token signed with HMAC can try secrets against it at home, millions in a second. With the secret anybody writes a token for anybody.",
  decides: `By comparing the signature of the user's token with those that ${weakSecrets.length} secrets of tutorials and templates make. This is done here: nothing is sent.`,
  sends: "nothing",
  remedy: {
    summary: "Take 32 random bytes or more, or better a key pair (ES256), and put the old secret out of use.",
    ws: "openssl rand -base64 48",
    sallyport: JWT_IDENTITY,
  },
  references: { cwe: [1391, 798, 521], asvs: ["11.2.3"], rfc: ["RFC 8725 3.5", "RFC 7518 3.2"] },
  withoutControl: true,
  async run(context) {
    const tokens = tokensOf(context).flatMap(({ value, place }) => {
      const token = readToken(value);
      return token === null ? [] : [{ token, place }];
    });
    if (tokens.length === 0) return notTested("no JSON Web Token was given: give --token");
    const shared = tokens.filter(({ token }) => signWithSecret(token.header["alg"], "", "") !== null);
    if (shared.length === 0) return notApplicable("the token is not signed with a shared secret");
    const names = [...weakSecrets, context.target.host, ...context.target.host.split(".")];
    for (const { token, place } of shared)
      for (const secret of names) {
        const signature = signWithSecret(token.header["alg"], secret, token.signed);
        if (signature?.toString("base64url") !== token.signature) continue;
        return found({
          detail: `The token in ${place} is signed with a secret of ${secret.length} characters from a list of ${names.length}: number ${names.indexOf(secret) + 1}.`,
          evidence: [
            { about: "tried on this machine", lines: ["- the signature of the token was made again"] },
          ],
        });
      }
    return passed(`none of ${names.length} secrets made the signature`);
  },
};
