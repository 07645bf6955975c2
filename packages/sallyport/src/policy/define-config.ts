import type { AdminRole } from "./admin-options.ts";
import type { ThreatCategory } from "../guards/threat-signature.ts";
import type { WatchInput } from "./watch-input.ts";
import type { OutputInput } from "./output-input.ts";
import type { StateInput } from "./state-input.ts";

/** A guard may be switched off where the reference says so. */
type Off = "off" | false;
type Mode = { readonly mode?: "enforce" | "observe" };

/** How tokens prove who the caller is; see the reference for each option. */
export interface JwtInput {
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly jwks?: string;
  readonly jwksFile?: string;
  readonly secretFile?: string;
  readonly algorithms?: readonly string[];
  readonly typ?: string;
  readonly cookie?: string;
  readonly unsafeQueryParameter?: string;
  readonly clockTolerance?: string;
  readonly maxLifetime?: string;
  readonly requiredClaims?: readonly string[];
  readonly userClaim?: string;
  readonly tenantClaim?: string;
  readonly keepKeys?: string;
  readonly backchannelLogout?: { readonly clientId: string; readonly typ?: "logout+jwt" | "any" };
  readonly strip?: boolean;
  readonly unsafeAllowNoExpiry?: boolean;
  readonly unsafeAllowPlaintextJwks?: boolean;
}

/** How a provider is asked what a token is worth; see the reference for each option. */
export interface IntrospectionInput {
  readonly endpoint?: string;
  readonly issuer?: string;
  readonly clientId: string;
  readonly clientSecretFile: string;
  readonly audience?: string | readonly string[];
  readonly cache?: string;
  readonly recheck?: string | false;
  readonly userClaim?: string;
  readonly tenantClaim?: string;
  readonly cookie?: string;
  readonly unsafeQueryParameter?: string;
  readonly strip?: boolean;
}

/** What of a client certificate says who the caller is; see the reference for each option. */
export interface MutualTlsInput {
  readonly user?: "subject" | "commonName" | "uri" | "dns" | "email" | "fingerprint";
  readonly issuers?: readonly string[];
}

/** How the application is asked whose session a cookie is; see the reference for each option. */
export interface SessionInput {
  readonly url: string;
  readonly cookie: string | readonly string[];
  readonly timeout?: string;
  readonly user?: string;
  readonly expiresAt?: string;
  readonly claims?: string;
  readonly tenant?: string;
  readonly recheck?: string | false;
  readonly cache?: string;
  readonly unsafeAllowPlaintext?: boolean;
}

/** What the messages of a route may be read as. */
export type DialectName =
  | "json"
  | "json-rpc"
  | "graphql-transport-ws"
  | "socket.io"
  | "mqtt"
  | "text"
  | "binary";

/** The dialects of a route, with options of their own; see the reference for each option. */
export interface DialectInput extends Mode {
  readonly operations?: number;
  readonly json?: { readonly name?: string; readonly id?: string };
  readonly "json-rpc"?: { readonly batch?: number; readonly pending?: number; readonly nameLength?: number };
  readonly "graphql-transport-ws"?: {
    readonly depth?: number;
    readonly cost?: number;
    readonly tokens?: number;
    readonly pending?: number;
    readonly nameLength?: number;
  };
  readonly "socket.io"?: {
    readonly attachments?: number;
    readonly namespaces?: number;
    readonly pending?: number;
    readonly nameLength?: number;
  };
  readonly mqtt?: {
    readonly packet?: string;
    readonly batch?: number;
    readonly aliases?: number;
    readonly pending?: number;
    readonly nameLength?: number;
  };
  readonly text?: Readonly<Record<string, never>>;
  readonly binary?: Readonly<Record<string, never>>;
}

type LeakAction = "report" | "redact" | "close";

interface LeakSettingInput {
  readonly action?: LeakAction;
  readonly threshold?: { readonly count: number; readonly within: string };
}

type Payloads = "none" | "digest" | "redacted" | "full";

/** The journal of a gate; see the reference for each option. */
export interface JournalInput {
  readonly directory: string;
  readonly keyFile?: string;
  readonly key?: string;
  readonly payloadKeys?: string;
  readonly payloads?: Payloads;
  readonly whenFull?: "shed" | "block";
  readonly retain?: string | { readonly age?: string; readonly size?: string };
  readonly checkpoints?: string;
}

/** What a route and `defaults` may hold. Durations are written `30s`, sizes `64KiB`, rates `50/s`. */
export interface RouteOptions {
  readonly http?: "refuse" | "forward";
  readonly compression?: Off | "inspect";
  readonly journal?: { readonly payloads?: Payloads; readonly sample?: number };
  readonly ticket?:
    | Off
    | "accept"
    | "require"
    | (Mode & {
        readonly use?: "accept" | "require";
        readonly life?: string;
        readonly heartbeat?: {
          readonly interval?: string;
          readonly timeout?: string;
          readonly message?: string;
          readonly answer?: string;
        };
      });
  readonly firewall?:
    | Off
    | (Mode & { readonly allow?: readonly string[]; readonly deny?: readonly string[] });
  readonly connectionLimit?:
    | Off
    | (Mode & {
        readonly total?: number;
        readonly perAddress?: number;
        readonly perUser?: number;
        readonly handshakesPerAddress?: string;
        readonly authenticateWithin?: string;
      });
  readonly origin?: Mode & { readonly allow?: readonly string[]; readonly unsafeAllowMissing?: boolean };
  readonly subprotocol?: Mode & { readonly allow?: "none" | readonly string[]; readonly required?: boolean };
  readonly identity?:
    | "anonymous"
    | (Mode & {
        readonly jwt?: "development" | JwtInput | readonly JwtInput[];
        readonly mutualTls?: MutualTlsInput;
        readonly session?: SessionInput;
        readonly introspection?: IntrospectionInput;
      });
  readonly messageSize?: Mode & {
    readonly inbound?: string;
    readonly outbound?: string;
    readonly ratio?: number;
    readonly fragments?: number;
    readonly opcodes?: "any" | "text" | "binary";
    readonly finishWithin?: string;
    readonly stream?: boolean;
  };
  readonly dialect?: Off | DialectName | "auto" | DialectInput;
  readonly messageRate?:
    | Off
    | (Mode & {
        readonly perConnection?: string;
        readonly perUser?: string | null;
        readonly bytesPerConnection?: string;
        readonly burst?: number | null;
        readonly rules?: readonly {
          readonly name?: string;
          readonly when: string;
          readonly rate: string;
          readonly burst?: number;
        }[];
      });
  readonly threat?:
    | Off
    | (Mode & {
        readonly hygiene?:
          | Off
          | {
              readonly depth?: number;
              readonly keys?: number;
              readonly elements?: number;
              readonly keyLength?: number;
              readonly strings?: number;
              readonly duplicates?: boolean;
              readonly prototype?: boolean;
              readonly numbers?: boolean;
              readonly surrogates?: boolean;
              readonly control?: boolean;
              readonly bom?: boolean;
              readonly json?: "accept" | "require";
            };
        readonly signatures?:
          | Off
          | readonly ThreatCategory[]
          | { readonly [Category in ThreatCategory]?: boolean };
        readonly paranoia?: 1 | 2 | 3 | 4;
        readonly threshold?: number;
        readonly characters?: number;
        readonly exclude?: readonly { readonly field: string; readonly signatures?: readonly string[] }[];
        readonly sanitize?: readonly string[];
      });
  readonly messageToken?:
    | Off
    | (Mode & {
        readonly pointer: string;
        readonly expect?: "token" | "session" | { readonly claim: string };
        readonly strip?: boolean;
      });
  readonly messageSchema?:
    | Off
    | (Mode & {
        readonly inbound?: string | Readonly<Record<string, string>>;
        readonly outbound?: string | Readonly<Record<string, string>>;
        readonly asyncapi?:
          | string
          | {
              readonly document: string;
              readonly channel?: string | readonly string[];
              readonly describes?: "application" | "client";
            };
        readonly unnamed?: readonly string[];
        readonly depth?: number;
      });
  readonly permission?:
    | Off
    | (Mode & {
        readonly otherwise: "allow" | "deny";
        readonly rules: readonly {
          readonly name?: string;
          readonly when?: string;
          readonly allow: string;
          readonly direction?: "inbound" | "outbound";
        }[];
        readonly unsafeAllowUnreadable?: boolean;
      });
  readonly leak?:
    | Off
    | (Mode & {
        readonly action?: LeakAction;
        readonly detect?: readonly string[] | Readonly<Record<string, "off" | LeakSettingInput>>;
        readonly patterns?: readonly {
          readonly name: string;
          readonly pattern: string;
          readonly action?: LeakAction;
        }[];
        readonly dictionaries?: readonly {
          readonly name: string;
          readonly words: readonly string[];
          readonly action?: LeakAction;
        }[];
        readonly canaries?: readonly string[];
        readonly scope?: {
          readonly names?: readonly string[];
          readonly fields?: readonly string[];
          readonly except?: readonly string[];
        };
      });
  readonly expiry?: Off | (Mode & { readonly window?: string; readonly grace?: string });
  readonly revocation?:
    | Off
    | (Mode & { readonly onOutage?: "refuse" | "allow"; readonly outageAfter?: string });
  readonly heartbeat?:
    | Off
    | (Mode & {
        readonly interval?: string;
        readonly missed?: number;
        readonly idle?: string | false;
        readonly life?: string | false;
      });
  readonly slowConsumer?:
    | Off
    | (Mode & { readonly bytes?: string; readonly after?: string; readonly policy?: "close" | "drop" });
}

/** One entry of `routes`. */
export interface RouteInput extends RouteOptions {
  readonly path: string;
  readonly host?: string | readonly string[];
  readonly upstream: string | { readonly url: string; readonly ca?: string; readonly timeout?: string };
}

/** `tls.acme` of a listener: certificates from an ACME authority. */
export interface AcmeInput {
  readonly domains: readonly string[];
  readonly email?: string;
  /** Of Let's Encrypt, or the https URL of another authority's directory. */
  readonly directory?: "production" | "staging" | (string & {});
  readonly directoryCa?: string;
  readonly challenge?: "http-01" | "tls-alpn-01";
  readonly challengeAddress?: string;
  readonly storage?: string;
}

/** One entry of `listen`. */
export interface ListenerInput {
  readonly address: string;
  readonly tls?:
    | Off
    | "development"
    | {
        readonly certificate: string;
        readonly key: string;
        readonly clientCa?: string;
        readonly profile?: "intermediate" | "modern";
      }
    | { readonly acme: AcmeInput; readonly profile?: "intermediate" | "modern" };
  readonly unsafeAllowPlaintext?: boolean;
  readonly trustedProxies?: readonly string[];
  readonly forwardedHeader?: "x-forwarded-for" | "forwarded";
  readonly proxyProtocol?: boolean;
  readonly http2?: boolean;
}

/** A whole configuration, as `sallyport.config.ts` writes it. */
export interface ConfigInput extends OutputInput {
  readonly version: 1;
  readonly listen: readonly ListenerInput[];
  readonly admin?: {
    readonly address: string;
    readonly tokenFile?: string;
    readonly tokens?: readonly {
      readonly name: string;
      readonly role: AdminRole;
      readonly tokenFile: string;
    }[];
    readonly url?: string;
    readonly oidc?: {
      readonly issuer: string;
      readonly clientId: string;
      readonly clientSecretFile?: string;
      readonly roleClaim?: string;
      readonly roles: Readonly<Record<string, AdminRole>>;
      readonly scope?: readonly string[];
      readonly life?: string;
      readonly recheck?: string;
    };
  };
  readonly state?: StateInput;
  readonly journal?: Off | JournalInput;
  readonly watch?: Off | WatchInput;
  readonly log?: {
    readonly format?: "auto" | "json" | "pretty";
    readonly level?: "debug" | "info" | "warn" | "error";
  };
  readonly defaults?: RouteOptions;
  readonly routes: readonly RouteInput[];
}

/**
 * Types a configuration written in TypeScript: `export const config = defineConfig({ … })`. It changes nothing;
 * `sallyport check` and `sallyport run` validate it as they do YAML.
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
