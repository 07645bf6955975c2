import type { Check } from "../../check.ts";
import { JWT_IDENTITY } from "../policy-lines.ts";
import { forgedTokenCheck } from "./forged-token-check.ts";
import { writeToken } from "./json-web-token.ts";

/** The claims are believed, and the signature is not verified. */
export const acceptsAlteredToken: Check = forgedTokenCheck({
  id: "accepts-altered-token",
  title: "Tokens are accepted whose signature is not theirs",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "A server that decodes tokens in place of verifying them, or compares a part of the signature, believes whatever anybody writes into them.",
  decides:
    "By whether the socket is usable with a claim added under the old signature, or with a signature cut, emptied or replaced, while an invented token is refused.",
  sends:
    "four handshakes with changes of the user's token: a claim more, and a signature that is cut, empty, or zeros",
  remedy: {
    summary: "Verify the signature before anything in the token is used.",
    ws: 'await jwtVerify(token, key, { algorithms: ["ES256"] }) // not decodeJwt',
    sallyport: JWT_IDENTITY,
  },
  references: { cwe: [347], asvs: ["9.1.1"], rfc: ["RFC 8725 3.3", "RFC 7515 5.2"] },
  forge({ header, claims, signature, signed }) {
    const bytes = Buffer.from(signature, "base64url");
    if (bytes.length === 0) return [];
    return [
      {
        name: "a claim more under the old signature",
        token: writeToken(header, { ...claims, sallyport: "scan" }, () => bytes),
      },
      {
        name: "half of the signature",
        token: `${signed}.${bytes.subarray(0, bytes.length / 2).toString("base64url")}`,
      },
      { name: "an empty signature", token: `${signed}.` },
      {
        name: "a signature of zeros",
        token: `${signed}.${Buffer.alloc(bytes.length).toString("base64url")}`,
      },
    ];
  },
  saw: "Accepted with a signature that is not the token's",
});
