import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { SignJWT, type JWK } from "jose";
import type { Identity } from "../guards/guard.ts";
import { ownStatementKeys, signingKey, type StatementKey, type StatementKeys } from "./statement-keys.ts";

/** Signs, for the application, who the caller is. */
export interface IdentityStatements {
  /** The key set that verifies the statements now, served at `/.sallyport/jwks.json`: the keys of before and after as well. */
  readonly keySet: { readonly keys: readonly JWK[] };
  /**
   * A signed JWT for `Sallyport-Identity`, with at least half of its life before it.
   *
   * @param audience the id of the route whose application it is for: no other may take it for its own (RFC 8725 3.9)
   */
  sign(identity: Identity, audience: string): Promise<string>;
}

interface KeyInUse {
  readonly header: { readonly alg: string; readonly kid: string; readonly typ: string };
  readonly publicJwk: JWK;
  readonly privateKey: KeyObject;
}

function keyInUse({ kid, privateJwk }: StatementKey): KeyInUse {
  const privateKey = createPrivateKey({ key: privateJwk, format: "jwk" });
  const publicJwk = createPublicKey(privateKey).export({ format: "jwk" });
  return {
    header: { alg: ALGORITHM, kid, typ: "sallyport-identity+jwt" },
    publicJwk: { ...publicJwk, kid, alg: ALGORITHM, use: "sig" },
    privateKey,
  };
}

/** Keys as they are used, read once each; those that are published no more are forgotten. */
class KeysInUse {
  readonly #keys: StatementKeys;
  #list: readonly StatementKey[] = [];
  #byId = new Map<string, KeyInUse>();

  constructor(keys: StatementKeys) {
    this.#keys = keys;
  }

  /** The key that signs now. */
  signing(wallNow: number): KeyInUse {
    this.#follow(wallNow);
    const found = this.#byId.get(signingKey(this.#list, wallNow)?.kid ?? "");
    if (found === undefined) throw new Error("there is no key to sign statements with");
    return found;
  }

  /** The public halves of all. */
  published(wallNow: number): readonly JWK[] {
    this.#follow(wallNow);
    return [...this.#byId.values()].map(({ publicJwk }) => publicJwk);
  }

  #follow(wallNow: number): void {
    const list = this.#keys.at(wallNow);
    if (list === this.#list) return;
    this.#list = list;
    this.#byId = new Map(list.map((key) => [key.kid, this.#byId.get(key.kid) ?? keyInUse(key)]));
  }
}

interface Statement {
  readonly token: Promise<string>;
  /** Until when (seconds since the epoch) it is given out again. */
  readonly freshUntil: number;
}

const ALGORITHM = "ES256";
/** The application reads it at once, at the handshake. */
const LIFE_S = 60;

/**
 * Makes statements: `iss` sallyport, a minute long (RFC 7519, 8725). A caller who comes again with the same proof within half a
 * minute is given the same statement: it says who, and `Sallyport-Session` says on which connection.
 *
 * @param keys of all processes of this gate; absent: of our own. A new one signs every day.
 */
export function createIdentityStatements(
  wallNow: () => number,
  keys: StatementKeys = ownStatementKeys(),
): IdentityStatements {
  const inUse = new KeysInUse(keys);
  // By the claims of a verified token, which are one object as long as the token is remembered; and then by audience.
  const statements = new WeakMap<Identity["claims"], Map<string, Statement>>();
  const signNew = (identity: Identity, audience: string, issuedAt: number): Promise<string> => {
    const { provider, user, issuer, claims } = identity;
    const { header, privateKey } = inUse.signing(issuedAt * 1000);
    const token = new SignJWT({ provider, issuer, claims })
      .setProtectedHeader(header)
      .setIssuer("sallyport")
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFE_S);
    if (user !== null) token.setSubject(user);
    return token.sign(privateKey);
  };
  return {
    get keySet() {
      return { keys: inUse.published(wallNow()) };
    },
    async sign(identity, audience) {
      const now = Math.floor(wallNow() / 1000);
      const signed = statements.get(identity.claims) ?? new Map<string, Statement>();
      const known = signed.get(audience);
      if (known !== undefined && now < known.freshUntil) return known.token;
      const token = signNew(identity, audience, now);
      signed.set(audience, { token, freshUntil: now + LIFE_S / 2 });
      statements.set(identity.claims, signed);
      return token;
    },
  };
}
