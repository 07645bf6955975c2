import { z } from "zod";
import { addressList } from "../guards/address-list.ts";
import type { ForwardedHeader } from "../guards/client-address.ts";
import type { GuardDefinition } from "../guards/guard.ts";
import { duration } from "../quantity.ts";
import { watchOptions, type WatchOptions } from "../watch/watch-options.ts";
import { parseRequestTarget } from "../protocol/request-target.ts";
import { acmeOptions, type AcmeOptions } from "./acme-options.ts";
import { adminOptions, type AdminConfig } from "./admin-options.ts";
import {
  journalOptions,
  routeJournalOptions,
  type ParsedJournal,
  type ParsedRouteJournal,
} from "./journal-options.ts";
import { networkAddress, type NetworkAddress } from "./network-address.ts";
import { outputOptions, type ParsedOutputs } from "./output-options.ts";
import { stateOptions, type RedisConfig } from "./state-options.ts";

/** How a listener speaks TLS. `development`: certificates of the development CA. Paths may be relative until loaded. */
export type ListenerTls =
  | { readonly kind: "off" }
  | { readonly kind: "development" }
  | {
      readonly kind: "files";
      readonly certificate: string;
      readonly key: string;
      /** `null`: clients are not asked for certificates. */
      readonly clientCa: string | null;
      readonly profile: "intermediate" | "modern";
    }
  | {
      readonly kind: "acme";
      readonly acme: AcmeOptions;
      readonly profile: "intermediate" | "modern";
    };

/** One entry of `listen` as the schema gives it; `tls` is undefined where it was not written. */
export interface ParsedListener {
  readonly address: NetworkAddress;
  readonly tls?: ListenerTls | undefined;
  readonly unsafeAllowPlaintext: boolean;
  readonly trustedProxies: readonly string[];
  readonly forwardedHeader: ForwardedHeader;
  readonly proxyProtocol: boolean;
  readonly http2: boolean;
}

/** How the gate writes its log. `auto`: pretty on a terminal, else json. */
export interface LogConfig {
  readonly format: "json" | "pretty" | "auto";
  readonly level: "debug" | "info" | "warn" | "error";
}

/** `upstream` as the schema gives it. */
export interface ParsedUpstream {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly timeout: number;
}

/** One entry of `routes` as the schema gives it. Guard options stand under the guards' names. */
export interface ParsedRoute {
  readonly path: string;
  readonly host: readonly string[];
  readonly upstream: ParsedUpstream;
  readonly http: "refuse" | "forward";
  readonly compression: "off" | false | "inspect";
  readonly journal?: ParsedRouteJournal | undefined;
  readonly [guard: string]: unknown;
}

/** What the schema makes of a configuration: defaults filled in, quantities as numbers. */
export interface ParsedConfig extends ParsedOutputs {
  readonly version: 1;
  readonly listen: readonly ParsedListener[];
  readonly admin?: AdminConfig | undefined;
  readonly log: LogConfig;
  /** `null`: in the memory of this process. */
  readonly state: RedisConfig | null;
  readonly journal: ParsedJournal | null;
  /** `null`: off. */
  readonly watch: WatchOptions | null;
  readonly routes: readonly ParsedRoute[];
}

const OFF = z.literal(["off", false]);

const tlsMapping = z
  .strictObject({
    certificate: z
      .string()
      .min(1)
      .optional()
      .describe("A file with the certificate and its chain (PEM). Reloaded when it changes."),
    key: z.string().min(1).optional().describe("A file with the private key (PEM)."),
    clientCa: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file with the CAs (PEM) whose client certificates count. Clients are asked for one; who needs it is for `identity.mutualTls` to say. Reloaded when it changes.",
      ),
    acme: acmeOptions
      .optional()
      .describe("In place of files: has the certificate from an ACME authority, and renews it."),
    profile: z
      .enum(["intermediate", "modern"])
      .default("intermediate")
      .describe("Mozilla's profile: `intermediate` is TLS 1.2 and 1.3, `modern` is TLS 1.3 only."),
  })
  .transform(({ acme, certificate, key, clientCa, profile }, context): ListenerTls => {
    const expect = (name: string, message: string): void =>
      void context.issues.push({ code: "custom", input: undefined, path: [name], message });
    if (acme !== undefined) {
      const files = { certificate, key, clientCa };
      for (const [name, file] of Object.entries(files))
        if (file !== undefined) expect(name, "expected no files beside `acme`");
      return { kind: "acme", acme, profile };
    }
    if (certificate === undefined) expect("certificate", "expected a string");
    if (key === undefined) expect("key", "expected a string");
    if (certificate === undefined || key === undefined) return z.NEVER;
    return { kind: "files", certificate, key, clientCa: clientCa ?? null, profile };
  });

const tls = z
  .union([
    z.literal("development").transform((): ListenerTls => ({ kind: "development" })),
    OFF.transform((): ListenerTls => ({ kind: "off" })),
    tlsMapping,
  ])
  .optional()
  .describe(
    "`development` (the development CA; the default on a loopback address), `off` (plaintext, on loopback only), `{ certificate, key }`, or `{ acme: { domains, email } }`. Must be written on every other address.",
  );

const watch: z.ZodType<WatchOptions | null> = z
  .union([OFF.transform((): null => null), watchOptions])
  .prefault({})
  .describe(
    "The watch: suspicious behaviour is noticed, told and answered. On, with answers that only tell, where nothing is written; `off`: none.",
  );

const listener: z.ZodType<ParsedListener> = z.strictObject({
  address: networkAddress.describe(
    "HOST:PORT. Port 0 asks for a free one. An IPv6 address stands in brackets.",
  ),
  tls,
  unsafeAllowPlaintext: z
    .boolean()
    .default(false)
    .describe(
      "Lets `tls: off` stand on an address that others can reach. Only behind a proxy that speaks TLS.",
    ),
  trustedProxies: addressList
    .optional()
    .transform((list) => list ?? [])
    .describe("Addresses or CIDRs of proxies whose forwarding header is believed. Nobody is by default."),
  forwardedHeader: z
    .enum(["x-forwarded-for", "forwarded"])
    .default("x-forwarded-for")
    .describe("The one header that trusted proxies write."),
  proxyProtocol: z
    .boolean()
    .default(false)
    .describe(
      "Whether trusted proxies begin every connection with a PROXY protocol header (version 1 or 2). A trusted proxy that does not is not served; from anybody else the header is refused.",
    ),
  http2: z
    .boolean()
    .default(true)
    .describe("Whether clients may speak HTTP/2 (RFC 9113, RFC 8441) where the listener speaks TLS."),
});

const log: z.ZodType<LogConfig> = z
  .strictObject({
    format: z
      .enum(["auto", "json", "pretty"])
      .default("auto")
      .describe("`auto` is `pretty` on a terminal and `json` elsewhere."),
    level: z
      .enum(["debug", "info", "warn", "error"])
      .default("info")
      .describe("The least level that is written."),
  })
  .prefault({})
  .describe("The structured log, on standard error.");

const HOST_NAME =
  /^(?:(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])$/i;
const hostName = z
  .string({ error: "expected a host name" })
  .max(253)
  .regex(HOST_NAME, {
    error: "expected a host name such as app.example.com or *.example.com, without scheme, port or path",
  })
  .transform((name) => name.toLowerCase());

const host = z
  .union([hostName.transform((name) => [name]), z.array(hostName).min(1)])
  .optional()
  .transform((names) => names ?? [])
  .describe(
    "The host name, or a list of them, that this route serves; `*.` stands for one label. Absent: any host.",
  );

const PATH = /^\/(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,=:@%-]+(?:\/|$))*$/;
/** A path in another form would match no request, and leave what it means to a route that asks for less. */
function isNormal(text: string): boolean {
  const target = parseRequestTarget(text);
  return !PATH.test(text) || (target.ok && target.path === text);
}

const path = z
  .string({ error: "expected a path that begins with /" })
  .refine((text) => PATH.test(text) && (text === "/" || !text.endsWith("/")), {
    error:
      "expected a plain path such as / or /chat, without query, `.` segments, `//` or a slash at the end",
  })
  .refine(isNormal, {
    error:
      "expected the path in the form in which requests are compared: letters and digits as they are, other escapes in upper case and of UTF-8, none of `/ \\ % ;`",
  })
  .describe(
    "The path that this route serves, with everything below it: /chat serves /chat and /chat/x, not /chatter.",
  );

const DEFAULT_TIMEOUT = "10s";
const url = z
  .string({ error: "expected an upstream URL such as ws://127.0.0.1:3000" })
  .describe("`ws://host:port[/prefix]`, `wss://…`, or `unix:/socket[:/prefix]`.");

const upstream: z.ZodType<ParsedUpstream> = z
  .union([
    url.transform((text) => ({ url: text, timeout: 10_000 })),
    z.strictObject({
      url,
      ca: z
        .string()
        .min(1)
        .optional()
        .describe("A file with the CA (PEM) that the upstream's certificate must come from."),
      timeout: duration
        .prefault(DEFAULT_TIMEOUT)
        .describe("How long the upstream may take to answer a handshake."),
    }),
  ])
  .describe("The application behind this route: its URL, or `{ url, ca, timeout }`.");

const http = z
  .enum(["refuse", "forward"])
  .default("refuse")
  .describe(
    "Plain HTTP on this route: `refuse` answers 426, `forward` passes it on after the handshake guards.",
  );

const compression = z
  .literal(["off", false, "inspect"], { error: "expected `off` or `inspect`" })
  .default("off")
  .describe(
    "Compression of messages (permessage-deflate): `off` never offers it to the application, `inspect` lets both ends agree on it and inflates every message for the guards.",
  );

/** Guards that a route may go without; the others decide who may come in, or bound memory. */
export const switchableGuards: ReadonlySet<string> = new Set([
  "firewall",
  "connectionLimit",
  "dialect",
  "messageRate",
  "threat",
  "messageToken",
  "messageSchema",
  "permission",
  "leak",
  "ticket",
  "expiry",
  "revocation",
  "heartbeat",
  "slowConsumer",
]);

/** Guards that do nothing until a route asks for them, since nothing would be right for every route. */
const askedFor: ReadonlySet<string> = new Set([
  "dialect",
  "threat",
  "messageToken",
  "messageSchema",
  "permission",
  "leak",
]);

type Shape = Record<string, z.ZodType>;

function guardSchema({ name, options, stops }: GuardDefinition<unknown>): z.ZodType {
  const complete = withDefaults(options);
  const switchable = switchableGuards.has(name) ? z.union([OFF, complete]) : complete;
  const schema = askedFor.has(name) ? switchable.default("off") : switchable;
  return schema.describe(`Stops ${stops.charAt(0).toLowerCase()}${stops.slice(1).replace(/\.$/, "")}.`);
}

// A guard all of whose options have a default need not be written.
function withDefaults(options: z.ZodType): z.ZodType {
  const lacksDefault = !options.safeParse(undefined).success && options.safeParse({}).success;
  return lacksDefault ? options.prefault({}) : options;
}

// Keys that a route and `defaults` share, beside the guards. A function: each use gets schemas of its own.
const shared = (): Shape => ({ http, compression, journal: routeJournalOptions() });

function routeSchema(definitions: readonly GuardDefinition<unknown>[]): z.ZodType {
  const guards = definitions.map((definition) => [definition.name, guardSchema(definition)] as const);
  return z.strictObject({ path, host, upstream, ...shared(), ...Object.fromEntries(guards) });
}

function defaultsSchema(definitions: readonly GuardDefinition<unknown>[]): z.ZodType {
  const keys = Object.entries(shared());
  for (const definition of definitions) keys.push([definition.name, guardSchema(definition)]);
  return z
    .strictObject(Object.fromEntries(keys.map(([key, schema]) => [key, schema.optional()])))
    .optional()
    .describe(
      "Any option of a route but `path`, `host` and `upstream`, for all routes that do not write it themselves.",
    );
}

/**
 * The whole configuration as one schema, made of the guards' own. Unknown keys, wrong types and empty lists are
 * errors; nothing but `identity` of a route's guards must be written.
 */
export function createConfigSchema(
  definitions: readonly GuardDefinition<unknown>[],
): z.ZodType<ParsedConfig> {
  const schema = z.strictObject({
    version: z.literal(1, { error: "expected 1" }).describe("The version of this format: 1."),
    listen: z.array(listener).min(1).describe("The addresses that the gate listens on."),
    admin: adminOptions,
    state: stateOptions,
    journal: journalOptions,
    watch,
    ...outputOptions,
    log,
    defaults: defaultsSchema(definitions),
    routes: z.array(routeSchema(definitions)).min(1).describe("What is served, and what guards it."),
  });
  // The guards' keys are known at run time only, so their part of the type cannot be inferred.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return schema as unknown as z.ZodType<ParsedConfig>;
}
