import { generateKeyPairSync, sign } from "node:crypto";
import type { Check } from "../../check.ts";
import { JWT_IDENTITY } from "../policy-lines.ts";
import { forgedTokenCheck } from "./forged-token-check.ts";
import { writeToken } from "./json-web-token.ts";

/** A token brings the key that it is verified by. */
export const acceptsEmbeddedKey: Check = forgedTokenCheck({
  id: "accepts-embedded-key",
  title: "Tokens are verified by a key that they bring themselves",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "The header of a token may name a key (`jwk`). A verifier that takes it from there verifies that the token was signed by whoever wrote it.",
  decides:
    "By whether the socket is usable with the user's claims, signed by a key that the scanner has just made and put into the header.",
  sends: "one handshake with such a token, and a ping",
  remedy: {
    summary:
      "Take keys from the configuration or from the issuer's key set alone; refuse tokens with `jwk`, `jku`, `x5c` or `x5u` in the header.",
    sallyport: JWT_IDENTITY,
  },
  references: { cwe: [347, 345], asvs: ["9.1.3"], rfc: ["RFC 8725 3.10", "RFC 7515 4.1.3"] },
  forge({ header, claims }) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = publicKey.export({ format: "jwk" });
    const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
    const token = writeToken({ ...header, alg: "ES256", jwk }, claims, (signed) =>
      sign("sha256", Buffer.from(signed), key),
    );
    return [{ name: "a key of the scanner's in the header", token }];
  },
  saw: "Accepted",
});
