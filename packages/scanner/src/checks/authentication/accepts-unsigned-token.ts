import type { Check } from "../../check.ts";
import { forgedTokenCheck } from "./forged-token-check.ts";
import { writeToken } from "./json-web-token.ts";

const ALGORITHMS = ["none", "None", "NONE", "nOnE", ""];
const NOTHING = Buffer.alloc(0);

/** A token that says that it needs no signature is believed. */
export const acceptsUnsignedToken: Check = forgedTokenCheck({
  id: "accepts-unsigned-token",
  title: "Tokens without a signature are accepted (alg none)",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "A verifier that takes the algorithm from the token lets the token say that there is none: anybody writes a token for anybody.",
  decides:
    "By whether the socket is usable with the user's claims under `alg: none`, while an invented token is refused.",
  sends: `a handshake for each of the algorithms ${ALGORITHMS.map((name) => `"${name}"`).join(", ")}, with the claims of the user's token and no signature`,
  remedy: {
    summary: "Give the verifier the list of algorithms; `none` is never on it.",
    ws: 'await jwtVerify(token, key, { algorithms: ["ES256"] })',
    sallyport:
      "identity: { jwt: { issuer: https://id.example.com, audience: chat, jwks: https://id.example.com/jwks.json, algorithms: [ES256] } }",
  },
  references: { cwe: [347, 327], asvs: ["9.1.1", "9.1.2"], rfc: ["RFC 8725 3.1", "RFC 7518 3.6"] },
  forge: ({ header, claims }) =>
    ALGORITHMS.map((alg) => ({
      name: `alg "${alg}"`,
      token: writeToken({ ...header, alg }, claims, () => NOTHING),
    })),
  saw: "Accepted without a signature",
});
