import { generateKeyPairSync, sign } from "node:crypto";
import { readToken, signWithSecret, writeToken } from "../../src/checks/authentication/json-web-token.ts";
import type { Scene, Specimen } from "../specimen.ts";
import { startWs } from "../start-ws.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = String(publicKey.export({ type: "spki", format: "pem" }));
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256" }] });
const token = writeToken({ alg: "RS256", kid: "one" }, { sub: "ann" }, (signed) =>
  sign("sha256", Buffer.from(signed), privateKey),
);

/** A server of tokens that RS256 signs. `believes`: it takes the algorithm from the token; `serves`: its keys are at the usual place. */
function verifying({ believes = false, serves = false }): Scene {
  return {
    start: () =>
      startWs({
        refuse: ({ headers }) => {
          const given = (headers.authorization ?? "").replace(/^Bearer /, "");
          const read = readToken(given);
          const isForged =
            believes &&
            read !== null &&
            signWithSecret(read.header["alg"], pem, read.signed)?.toString("base64url") === read.signature;
          return given === token || isForged ? null : 401;
        },
        onRequest({ url }, response) {
          if (serves && url === "/.well-known/jwks.json") response.end(jwks);
          else response.writeHead(404).end();
        },
      }),
    settings: { credentials: [["Authorization", `Bearer ${token}`]], ...(serves ? {} : { jwks: pem }) },
  };
}

/** What accepts-public-key-as-secret is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that believes the token's algorithm, and a key that was given": verifying({ believes: true }),
    "the same, and a key set at its usual place": verifying({ believes: true, serves: true }),
  },
  clean: {
    "a server that verifies by RS256 alone": verifying({}),
    "the same, with its key set at the usual place": verifying({ serves: true }),
  },
};
