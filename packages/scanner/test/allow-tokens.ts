import type { IncomingMessage } from "node:http";
import {
  readToken,
  signWithSecret,
  writeToken,
  type JsonWebToken,
} from "../src/checks/authentication/json-web-token.ts";
import type { ScanSettings } from "../src/scan-settings.ts";

/** What a token of the specimens has. */
export interface TokenParts {
  /** Default: one that is on no list. */
  readonly secret?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const SECRET = "0f6c1a5c4a7b4b0e9d0a2c6f8a1b3d5e7f90";

/** A token that the specimens' servers take. */
export function tokenOf({ secret = SECRET, claims = {} }: TokenParts = {}): string {
  const sign = (signed: string): Buffer => signWithSecret("HS256", secret, signed) ?? Buffer.alloc(0);
  return writeToken({ alg: "HS256", typ: "JWT" }, { sub: "ann", ...claims }, sign);
}

/** Settings of a scan with such a token. */
export function tokenSettings(parts: TokenParts = {}): Partial<ScanSettings> {
  return { credentials: [["Authorization", `Bearer ${tokenOf(parts)}`]] };
}

/** Refuses with 401 whoever has another token than `tokenOf()`, unless the server is weak in its own way. */
export function allowTokens(
  alsoTakes: (token: string, read: JsonWebToken | null) => boolean = () => false,
): (request: IncomingMessage) => number | null {
  return ({ headers }) => {
    const token = (headers.authorization ?? "").replace(/^Bearer /, "");
    return token === tokenOf() || alsoTakes(token, readToken(token)) ? null : 401;
  };
}
