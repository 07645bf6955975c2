import type { ConnectionFacts, Identity } from "./guard.ts";

/** What an expression sees of a request: the same at the handshake and while the connection is open. */
export interface RequestView {
  /** Normalised, without query. */
  readonly path: string;
  /** Lower case, without port. */
  readonly host: string;
  readonly origin: string | null;
  /** The client's address. */
  readonly address: string;
  /** Whether the client's side is TLS. */
  readonly secure: boolean;
}

/** `identity` in an expression. A class, since the library finds the type of a value by its constructor. */
export class CelIdentity {
  /** The fields and their types: any other name is an error at load. */
  static readonly fields: Readonly<Record<string, string>> = {
    provider: "string",
    user: "dyn",
    issuer: "dyn",
    tenant: "dyn",
    credential: "dyn",
    claims: "map<string, dyn>",
    expiresAt: "dyn",
  };
  readonly provider: string;
  readonly user: string | null;
  readonly issuer: string | null;
  readonly tenant: string | null;
  readonly credential: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch; `null` when the proof does not end. */
  readonly expiresAt: number | null;

  constructor(identity: Identity) {
    this.provider = identity.provider;
    this.user = identity.user;
    this.issuer = identity.issuer;
    this.tenant = identity.tenant;
    this.credential = identity.credential;
    this.claims = identity.claims;
    this.expiresAt = identity.expiresAt;
  }
}

/** `request` in an expression. Neither headers nor the query are in it: they carry credentials. */
export class CelRequest {
  /** The fields and their types: any other name is an error at load. */
  static readonly fields: Readonly<Record<string, string>> = {
    path: "string",
    host: "string",
    origin: "dyn",
    address: "string",
    secure: "bool",
  };
  readonly path: string;
  readonly host: string;
  readonly origin: string | null;
  readonly address: string;
  readonly secure: boolean;

  constructor(view: RequestView) {
    this.path = view.path;
    this.host = view.host;
    this.origin = view.origin;
    this.address = view.address;
    this.secure = view.secure;
  }
}

/** The request of an open connection, as an expression sees it. */
export function viewOfOpen({ address, request }: ConnectionFacts): RequestView {
  const { path, host, origin, secure } = request;
  return { path, host, origin, secure, address };
}
