import { z } from "zod";
import { aboveZero } from "../quantity.ts";

/** An engine that keeps what nodes share: Redis 7 or later, or Valkey. Paths are absolute once loaded. */
export interface RedisConfig {
  /** `single`: one server. `sentinel`: the primary that the sentinels name. `cluster`: whichever node has the key. */
  readonly kind: "single" | "sentinel" | "cluster";
  /** The server; the sentinels; or some nodes of the cluster. At least one. Without brackets. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** What the sentinels call the primary; empty elsewhere. */
  readonly primaryName: string;
  /** Whether TLS is spoken, to sentinels too. */
  readonly secure: boolean;
  /** `null`: the system's CAs. */
  readonly caFile: string | null;
  readonly username: string | null;
  /** Never shown. */
  readonly password: string | null;
  readonly passwordFile: string | null;
  readonly sentinelPasswordFile: string | null;
  /** Where the key is that nodes share and the engine never sees: at most one of the two. */
  readonly keyFile: string | null;
  /** The key itself. Never shown. */
  readonly key: string | null;
  readonly database: number;
  readonly prefix: string;
  readonly timeoutMs: number;
  /** How long a node that is not heard of counts as alive. */
  readonly leaseMs: number;
  /** Where it is, without any credential: for everything that is shown. */
  readonly shown: string;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number;
}

const SCHEMES = new Map([
  ["redis:", false],
  ["rediss:", true],
  ["valkey:", false],
  ["valkeys:", true],
]);
const DEFAULT_PORT = 6379;
const DEFAULT_PREFIX = "sallyport";
const DEFAULT_TIMEOUT_MS = 1000;
const DEFAULT_LEASE_MS = 15_000;
/** Below, a pause of a process ends its lease; above, what a node counts of others would be forgotten before it was over. */
const [SHORTEST_LEASE_MS, LONGEST_LEASE_MS] = [1000, 300_000];
const MAX_DATABASE = 16_383;

/** `redis://[user[:password]@]host[:port][/database]`, or `rediss://` for TLS; `null`: something else. */
function parsePlace(text: string): Place | null {
  const url = URL.parse(text);
  const secure = url === null ? undefined : SCHEMES.get(url.protocol);
  if (url === null || secure === undefined || url.hostname === "") return null;
  const database = /^\/?$/.test(url.pathname) ? 0 : Number(url.pathname.slice(1));
  if (!Number.isInteger(database) || database < 0 || database > MAX_DATABASE) return null;
  if (url.search !== "" || url.hash !== "") return null;
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (username === undefined || password === undefined) return null;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(url.port) || DEFAULT_PORT, secure, username, password, database };
}

/** `null`: it is not there; `undefined`: it is no text. */
function decoded(part: string): string | null | undefined {
  try {
    return part === "" ? null : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function shownPlace({ host, port, secure, database }: Place): string {
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return `${secure ? "rediss" : "redis"}://${shownHost}:${port}${database === 0 ? "" : `/${database}`}`;
}

const EXPECTED =
  "expected `memory`, or a URL such as redis://host:6379 or rediss://host:6380/0 (TLS); in a user and a password before the host everything but letters and digits is percent-encoded";

const place = z
  .string({ error: EXPECTED })
  .refine((text) => parsePlace(text) !== null, { error: EXPECTED })
  .transform((text): Place => {
    const parsed = parsePlace(text);
    if (parsed === null) throw new TypeError("a URL that was checked does not parse");
    return parsed;
  });

const placeList = z
  .array(place)
  .min(1)
  .refine((places) => new Set(places.map(({ secure }) => secure)).size <= 1, {
    error: "expected all with TLS (rediss) or none",
  });

const password = (of: string): z.ZodOptional<z.ZodString> =>
  z
    .string()
    .min(1)
    .optional()
    .describe(
      `A file with the password of ${of}, where it is not in the URL. A line break at its end is cut off.`,
    );

const sentinel = z.strictObject({
  primary: z.string().min(1).describe("What the sentinels call the primary, such as `mymaster`."),
  urls: placeList.describe(
    "The sentinels, by their URLs; the user, password and database in the first are those of the primary and its replicas.",
  ),
  passwordFile: password("the sentinels themselves, if they want one"),
});

const redis = z
  .strictObject({
    url: place
      .optional()
      .describe("One server: `redis://[user:password@]host:port[/database]`, or `rediss://` for TLS."),
    sentinel: sentinel.optional().describe("Sentinels, which name the primary."),
    cluster: placeList.optional().describe("Some nodes of a cluster, by their URLs; the others are found."),
    passwordFile: password("the engine"),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file with the CAs (PEM) that the engine's certificate must come from. Absent: the system's.",
      ),
    keyFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file with a key that all nodes have and the engine never sees: 32 random bytes in base64. It seals the certificates that nodes keep for each other, and the keys of `Sallyport-Identity` follow from it.",
      ),
    key: z
      .string()
      .min(1)
      .optional()
      .describe("That key itself, from the environment: `${env:SALLYPORT_STATE_KEY}`."),
    prefix: z
      .string()
      .regex(/^[\w.:-]{1,64}$/, { error: "expected 1 to 64 letters, digits, `_`, `-`, `.` or `:`" })
      .default(DEFAULT_PREFIX)
      .describe(
        "What every key begins with. Gates with the same prefix share everything; with another, nothing.",
      ),
    timeout: aboveZero
      .prefault("1s")
      .describe(
        "How long the engine may take for one command; then it counts as down until it answers again. A handshake waits no longer, a message never.",
      ),
    lease: aboveZero
      .refine((ms) => ms >= SHORTEST_LEASE_MS && ms <= LONGEST_LEASE_MS, "expected a duration from 1s to 5m")
      .meta({ "x-unit": "duration" })
      .prefault("15s")
      .describe(
        "How long a node that is not heard of counts as alive, from `1s` to `5m`, and at least twice `timeout`: so late after its end its places in all limits are free again. It is heard of three times as often. The same in all nodes.",
      ),
  })
  .refine(({ url, sentinel: by, cluster }) => [url, by, cluster].filter(Boolean).length === 1, {
    error: "expected exactly one of `url`, `sentinel` and `cluster`",
  })
  .refine(({ lease, timeout }) => lease >= 2 * timeout, {
    path: ["lease"],
    error: "expected at least twice `timeout`: one slow answer must not end it",
  })
  .transform((written): RedisConfig => {
    const { url, sentinel: by, cluster } = written;
    const places = url === undefined ? (by?.urls ?? cluster ?? []) : [url];
    const kind = url !== undefined ? "single" : by !== undefined ? "sentinel" : "cluster";
    return configOf(kind, places, {
      caFile: written.caFile ?? null,
      passwordFile: written.passwordFile ?? null,
      keyFile: written.keyFile ?? null,
      key: written.key ?? null,
      sentinelPasswordFile: by?.passwordFile ?? null,
      prefix: written.prefix,
      timeoutMs: written.timeout,
      leaseMs: written.lease,
      primaryName: by?.primary ?? "",
    });
  });

type Rest = Pick<
  RedisConfig,
  | "caFile"
  | "passwordFile"
  | "sentinelPasswordFile"
  | "keyFile"
  | "key"
  | "prefix"
  | "timeoutMs"
  | "leaseMs"
  | "primaryName"
>;

function configOf(kind: RedisConfig["kind"], places: readonly Place[], rest: Rest): RedisConfig {
  const [first] = places;
  if (first === undefined) throw new TypeError("a list that was checked is empty");
  const shown = places.map(shownPlace).join(", ");
  return {
    kind,
    hosts: places.map(({ host, port }) => ({ host, port })),
    secure: first.secure,
    username: first.username,
    password: first.password,
    database: kind === "cluster" ? 0 : first.database,
    ...rest,
    shown:
      kind === "sentinel"
        ? `${rest.primaryName} of ${shown}`
        : kind === "cluster"
          ? `cluster ${shown}`
          : shown,
  };
}

const plain: Rest = {
  caFile: null,
  passwordFile: null,
  sentinelPasswordFile: null,
  keyFile: null,
  key: null,
  prefix: DEFAULT_PREFIX,
  timeoutMs: DEFAULT_TIMEOUT_MS,
  leaseMs: DEFAULT_LEASE_MS,
  primaryName: "",
};

/** Where what nodes share is kept; `null`: in the memory of this process. */
export const stateOptions: z.ZodType<RedisConfig | null> = z
  .union(
    [
      z.literal("memory").transform((): null => null),
      z
        .strictObject({
          redis: redis.describe(
            "The engine: one of `url`, `sentinel` and `cluster`, and how it is spoken to.",
          ),
        })
        .transform(({ redis: config }) => config),
      place.transform((parsed) => configOf("single", [parsed], plain)),
    ],
    { error: EXPECTED },
  )
  .default(null)
  .describe(
    "Where tickets, quotas, bans and revocations are kept: `memory` of this gate, or an engine that several share: `redis://host:6379` (Redis 7 or later, or Valkey), or `{ redis: … }`.",
  );
