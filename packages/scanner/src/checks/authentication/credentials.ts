import type { CheckContext } from "../../check-context.ts";
import type { HandshakeChange } from "../../probe/handshake.ts";
import { isAmbient, isCredentialName, tokenOfSubprotocol } from "../../scan-settings.ts";
import { tryHandshake, type Trial } from "../try-handshake.ts";

/** One value by which the user is known, and a handshake that has another in its place. */
export interface Credential {
  /** Where it stands, such as `the header Authorization`. */
  readonly place: string;
  readonly value: string;
  /** Browsers send it for a page of any site; what is not, such a page neither knows nor can send. */
  readonly isAmbient: boolean;
  readonly replaced: (value: string) => HandshakeChange;
}

const INVALID = "sallyport-scan-invalid";
const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/** Every value by which the user is known: of headers, cookies, the query, and tokens in subprotocols. */
export function credentialsOf(context: CheckContext): readonly Credential[] {
  const { settings, target } = context;
  return [
    ...settings.credentials.flatMap(([name, value]) =>
      name.toLowerCase() === "cookie" ? ofCookies(name, value) : [ofHeader(name, value)],
    ),
    ...ofQuery(target.url),
    ...ofSubprotocols(settings.subprotocols),
  ];
}

/** Those of them that are JSON Web Tokens (RFC 7519). */
export function tokensOf(context: CheckContext): readonly Credential[] {
  return credentialsOf(context).filter(({ value }) => JWT.test(value));
}

/** The trial of a handshake without any credential, made once in a scan. */
export function tryWithout(context: CheckContext): Promise<Trial> {
  return context.remember("authentication.without", () =>
    tryHandshake(context, { credentials: false }, "a handshake without credentials"),
  );
}

/** The trial of a handshake with all credentials and without the ticket that one normally has, made once in a scan. */
export function tryWithoutTicket(context: CheckContext): Promise<Trial> {
  return context.remember("authentication.without-ticket", () =>
    tryHandshake(context, { ticket: null }, "a handshake without a ticket"),
  );
}

/** The trial of a handshake with credentials that nobody was given, made once in a scan; with an invented ticket where there are tickets. */
export function tryInvalid(context: CheckContext): Promise<Trial> {
  return context.remember("authentication.invalid", async () => {
    const changes = credentialsOf(context).map(({ replaced }) => replaced(INVALID));
    const change = merged([...changes, ofAllCookies(context)]);
    const trial = await tryHandshake(context, change, "a handshake with invalid credentials");
    if (trial.isUsed || context.settings.ticket === null) return trial;
    return tryHandshake(context, { ...change, ticket: INVALID }, "a handshake with an invented ticket");
  });
}

/** Why checks of what is accepted in place of a token have nothing to do; null where they have. */
export async function obstacle(context: CheckContext): Promise<string | null> {
  if ((await tryWithout(context)).isUsed) return "no credentials are needed: see no-authentication";
  return (await tryInvalid(context)).isUsed
    ? "any credentials are accepted: see accepts-invalid-credentials"
    : null;
}

/** Cookies share a header: all of them at once. */
function ofAllCookies({ settings }: CheckContext): HandshakeChange {
  const cookies = settings.credentials.find(([name]) => name.toLowerCase() === "cookie");
  if (cookies === undefined) return {};
  return { set: { [cookies[0]]: cookies[1].replaceAll(/=[^;]*/g, `=${INVALID}`) } };
}

/** Changes of different credentials as one; of what two change, the last holds. */
function merged(changes: readonly HandshakeChange[]): HandshakeChange {
  const set = Object.fromEntries(changes.flatMap((change) => Object.entries(change.set ?? {})));
  const path = changes.findLast((change) => change.path !== undefined)?.path;
  const subprotocols = changes.findLast((change) => change.subprotocols !== undefined)?.subprotocols;
  return {
    set,
    ...(path === undefined ? {} : { path }),
    ...(subprotocols === undefined ? {} : { subprotocols }),
  };
}

function ofHeader(name: string, value: string): Credential {
  const [, scheme = "", rest = value] = /^(\w+ )(.+)$/.exec(value) ?? [];
  return {
    place: `the header ${name}`,
    value: rest,
    isAmbient: isAmbient([name, value]),
    replaced: (other) => ({ set: { [name]: `${scheme}${other}` } }),
  };
}

function ofCookies(name: string, header: string): readonly Credential[] {
  const pairs = header.split(";").map((pair) => pair.trim());
  return pairs.map((pair, at) => {
    const cookie = pair.slice(0, Math.max(0, pair.indexOf("=")));
    return {
      place: `the cookie ${cookie}`,
      value: pair.slice(pair.indexOf("=") + 1),
      isAmbient: true,
      replaced: (other) => ({
        set: { [name]: pairs.map((each, index) => (index === at ? `${cookie}=${other}` : each)).join("; ") },
      }),
    };
  });
}

function ofQuery(url: URL): readonly Credential[] {
  return [...url.searchParams].flatMap(([name, value]) => {
    if (!isCredentialName(name)) return [];
    const replaced = (other: string): HandshakeChange => {
      const changed = new URL(url);
      changed.searchParams.set(name, other);
      return { path: `${changed.pathname}${changed.search}` };
    };
    return [{ place: `the query parameter ${name}`, value, isAmbient: false, replaced }];
  });
}

function ofSubprotocols(subprotocols: readonly string[]): readonly Credential[] {
  return subprotocols.flatMap((name, at) => {
    const value = tokenOfSubprotocol(name);
    if (value === null) return [];
    const replaced = (other: string): HandshakeChange => ({
      subprotocols: subprotocols.with(at, name.replace(value, other)),
    });
    return [{ place: "a subprotocol", value, isAmbient: false, replaced }];
  });
}
