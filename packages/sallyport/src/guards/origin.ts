import { z } from "zod";
import { parseOrigin, type ParsedOrigin } from "../protocol/origin.ts";
import {
  pass,
  type GuardDefinition,
  type Handshake,
  type HandshakeRequest,
  type HandshakeVerdict,
  type ListenerFacts,
  type Mode,
} from "./guard.ts";
import { matchesName, parseOriginPattern, type OriginPattern } from "./origin-pattern.ts";
import { mode } from "../quantity.ts";
import { quoted } from "./quoted.ts";

/** The options of `origin`. */
export interface OriginOptions {
  readonly mode: Mode;
  /**
   * Origins of the pages that may connect: exact, or with one leading `*.` label. Default: the names that this route
   * and the listener are configured to serve, at the listener's port.
   */
  readonly allow?: readonly string[] | undefined;
  /** Lets a request with a cookie and without an Origin pass. Default: false. */
  readonly unsafeAllowMissing: boolean;
}

const options: z.ZodType<OriginOptions> = z
  .strictObject({
    mode,
    allow: z
      .array(
        z
          .string({ error: "expected an origin such as https://app.example.com" })
          .superRefine((text, context) => {
            const parsed = parseOriginPattern(text);
            if (!parsed.ok)
              context.addIssue({ code: "custom", message: `${quoted(text)} ${parsed.problem}` });
          }),
        { error: "expected a list of origins, such as [https://app.example.com]" },
      )
      .min(1, { error: "expected at least one origin: leave `allow` out for the names that are configured" })
      .optional()
      .describe(
        "Origins of the pages that may connect, such as https://app.example.com or https://*.example.com (one label). " +
          "Absent: the route's hosts and the listener's names, never the Host header.",
      ),
    unsafeAllowMissing: z
      .boolean({ error: "expected true or false" })
      .default(false)
      .describe(
        "Lets a request pass that has a cookie and no Origin, as some clients outside browsers send it.",
      ),
  })
  .prefault({});

type PageOrigin = Extract<ParsedOrigin, { kind: "origin" }>;
type Denied = "origin.foreign" | "origin.malformed" | "origin.missing" | "origin.host";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http", 80],
  ["https", 443],
]);

/** How a request came, as far as its origin is judged by it. */
type Arrived = Pick<HandshakeRequest, "host" | "secure" | "listener">;

/** Which pages may connect to what came through this listener. */
interface AllowedPages {
  matches(origin: PageOrigin, request: Arrived): boolean;
  /** For the operator. */
  describe(request: Arrived): string;
}

function refuse(code: Denied, detail: string): HandshakeVerdict {
  return { verdict: "refuse", code, detail };
}

function serialize({ scheme, host, port }: OriginPattern): string {
  const usual = port === null || DEFAULT_PORTS.get(scheme) === port;
  return usual ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}

function place({ scheme, port }: OriginPattern): string {
  return `${scheme}:${port}`;
}

/** The pages of `origin.allow`. Hosts are looked up by scheme and port, so that all three must match at once. */
function listedPages(patterns: readonly OriginPattern[]): AllowedPages {
  const hosts = Map.groupBy(patterns, place);
  const names = new Map([...hosts].map(([key, group]) => [key, new Set(group.map(({ host }) => host))]));
  const text = `origin.allow: ${patterns.map(serialize).join(", ")}`;
  return {
    matches: (origin) => matchesName(origin.host, names.get(place(origin)) ?? new Set()),
    describe: () => text,
  };
}

/** A listener at a usual port is also reached at its scheme's usual port, where a proxy in front does TLS. */
function portsOf(scheme: "http" | "https", { port }: ListenerFacts): readonly [own: number, shown: number] {
  const usual = scheme === "https" ? 443 : 80;
  return [port, port === 80 || port === 443 ? usual : port];
}

/** Without `origin.allow`: what we are configured to serve. Never taken from the Host header, which a page can choose. */
function configuredPages(routeHosts: readonly string[]): AllowedPages {
  const of = ({ listener, secure }: Arrived) => {
    const scheme = secure || listener.secure ? "https" : "http";
    return { scheme, ports: portsOf(scheme, listener), names: [...routeHosts, ...listener.names] };
  };
  return {
    matches(origin, request) {
      const { scheme, ports, names } = of(request);
      const hasPort = origin.port !== null && ports.includes(origin.port);
      return origin.scheme === scheme && hasPort && matchesName(origin.host, new Set(names.map(lowerCase)));
    },
    describe(request) {
      const { scheme, ports, names } = of(request);
      const port = ports[1];
      const origins = [...new Set(names)].map((host) => serialize({ scheme, host, port }));
      return origins.length === 0 ? "no names are configured" : `configured names: ${origins.join(", ")}`;
    },
  };
}

function lowerCase(name: string): string {
  return name.toLowerCase();
}

/**
 * A Host that we do not serve is how a page reaches us by DNS rebinding, as "same origin" with itself. Where we have names of
 * our own (the route's hosts, the listener's), those and the hosts of the allowed pages are served; where we have none, the
 * Origin alone decides.
 */
function createCheckHost(
  routeHosts: readonly string[],
  pageHosts: readonly string[],
): (request: Arrived) => HandshakeVerdict {
  // By the listener's names, which are the same for all that comes there: a reload asks about ten thousand connections in a row.
  const served = new WeakMap<readonly string[], ReadonlySet<string>>();
  const servedBy = (names: readonly string[]): ReadonlySet<string> => {
    const known = served.get(names);
    if (known !== undefined) return known;
    const found = new Set([...routeHosts, ...names, ...pageHosts].map(lowerCase));
    served.set(names, found);
    return found;
  };
  return ({ host, listener: { names } }) => {
    if (routeHosts.length + names.length === 0 || matchesName(host, servedBy(names))) return pass;
    const listed = [...servedBy(names)].join(", ");
    return refuse("origin.host", `Host ${quoted(host)} is none of: ${listed}`);
  };
}

function checkPresent(value: string, request: Arrived, pages: AllowedPages): HandshakeVerdict {
  const origin = parseOrigin(value);
  if (origin.kind === "malformed")
    return refuse("origin.malformed", `Origin ${quoted(value)} is not an origin`);
  if (origin.kind === "null") {
    return refuse(
      "origin.foreign",
      "Origin null: a sandboxed frame, a local file or a redirect; never allowed",
    );
  }
  if (pages.matches(origin, request)) return pass;
  return refuse(
    "origin.foreign",
    `Origin ${quoted(value)} is not allowed (${pages.describe(request)}). ` +
      `If the page is yours, add to \`origin.allow\`: - ${quoted(value)}`,
  );
}

/** A plain request that a browser says comes from another site, and is not the visitor following a link. */
function checkFetchSite({ headers }: HandshakeRequest): HandshakeVerdict {
  const sites = headers.all("sec-fetch-site");
  const modes = headers.all("sec-fetch-mode");
  if (!sites.includes("cross-site")) return pass;
  if (modes.length === 1 && modes[0] === "navigate") return pass;
  return refuse("origin.foreign", "Sec-Fetch-Site: cross-site, without an Origin, and not a navigation");
}

function missing(found: string): HandshakeVerdict {
  return refuse(
    "origin.missing",
    `No Origin, and ${found}. To allow: \`origin: { unsafeAllowMissing: true }\``,
  );
}

/** Whether a cookie alone speaks for the caller: then only an Origin tells whose page is asking. */
function checkAbsent({ request, identity }: Handshake): HandshakeVerdict {
  if (identity?.credential === "cookie") return missing("a cookie identified the caller");
  const anonymous = identity === null || identity.provider === "anonymous";
  return anonymous && request.headers.has("cookie") ? missing("an anonymous caller sent a cookie") : pass;
}

function checkAbsentPlain(handshake: Handshake): HandshakeVerdict {
  const { method, headers } = handshake.request;
  if (SAFE_METHODS.has(method)) return pass;
  return headers.has("cookie")
    ? missing(`a ${quoted(method)} request carries a cookie`)
    : checkAbsent(handshake);
}

function patternsOf(allow: readonly string[]): OriginPattern[] {
  return allow.map((text) => {
    const parsed = parseOriginPattern(text);
    if (!parsed.ok) throw new RangeError(`origin.allow: ${quoted(text)} ${parsed.problem}`);
    return parsed.pattern;
  });
}

/**
 * Stops pages of other sites from using a visitor's connection (cross-site WebSocket hijacking, CWE-1385) and names that
 * are not ours from reaching us (DNS rebinding). Follows RFC 6455 10.2: an Origin that is there must be allowed; where there
 * is none, the client is no browser, and what identifies it must not be a cookie.
 */
export const origin: GuardDefinition<OriginOptions> = {
  name: "origin",
  phases: ["handshake"],
  stops: "Cross-site WebSocket hijacking and DNS rebinding: pages and host names that are not ours.",
  options,
  fromOptionsAlone: true,
  create({ mode: inForce, allow, unsafeAllowMissing }, { routeHosts }) {
    const patterns = patternsOf(allow ?? []);
    const pages = allow === undefined ? configuredPages(routeHosts) : listedPages(patterns);
    const web = patterns.filter(({ scheme }) => DEFAULT_PORTS.has(scheme));
    const pageHosts = web.map(({ host }) => host);
    const checkHost = createCheckHost(routeHosts, pageHosts);
    return {
      name: "origin",
      mode: inForce,
      handshake({ request }) {
        const host = checkHost(request);
        if (host.verdict !== "pass") return host;
        const values = request.headers.all("origin");
        const [value] = values;
        if (values.length > 1) return refuse("origin.malformed", `${values.length} Origin headers`);
        if (value !== undefined) return checkPresent(value, request, pages);
        return request.kind === "http" && SAFE_METHODS.has(request.method) ? checkFetchSite(request) : pass;
      },
      readmit({ request, identity }) {
        const host = checkHost(request);
        if (host.verdict !== "pass") return host;
        if (request.origin !== null) return checkPresent(request.origin, request, pages);
        const byCookie = identity.credential === "cookie" && !unsafeAllowMissing;
        return byCookie ? missing("a cookie identified the caller") : pass;
      },
      admission(handshake) {
        const { request } = handshake;
        if (unsafeAllowMissing || request.headers.has("origin")) return pass;
        return request.kind === "http" ? checkAbsentPlain(handshake) : checkAbsent(handshake);
      },
    };
  },
};
