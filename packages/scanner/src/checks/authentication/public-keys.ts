import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { CheckContext } from "../../check-context.ts";
import { isRelated } from "../../discover/is-related.ts";
import { getPage } from "../../probe/get-page.ts";
import { parseTargetUrl, resolveTarget } from "../../target.ts";
import type { JsonWebToken } from "./json-web-token.ts";

/** Keys of a set that are tried, and bytes of what names them. */
const MAX_KEYS = 3;
const MAX_BYTES = 65_536;
const KEY_SET = "/.well-known/jwks.json";

/**
 * The public keys that a token may be verified by: those of --jwks, or else of the key set that the target, or an issuer that belongs to it, has
 * at its usual place. That of the token's `kid` alone, where it is among them. Nobody else's host is asked.
 */
export async function publicKeysFor(
  context: CheckContext,
  token: JsonWebToken,
): Promise<readonly KeyObject[]> {
  const { jwks } = context.settings;
  const sets = jwks === null ? await findKeySets(context, token) : [jwks];
  const all = sets.flatMap(keysOf);
  const named = all.filter(({ kid }) => kid !== null && kid === token.header["kid"]);
  return (named.length > 0 ? named : all).slice(0, MAX_KEYS).map(({ key }) => key);
}

async function findKeySets(context: CheckContext, { claims }: JsonWebToken): Promise<readonly string[]> {
  const { ownOrigin, host } = context.target;
  const issuer =
    typeof claims["iss"] === "string" && URL.canParse(claims["iss"]) ? new URL(claims["iss"]) : null;
  const isOurs = issuer !== null && /^https?:$/.test(issuer.protocol) && isRelated(issuer.hostname, host);
  const base = isOurs ? issuer.href.replace(/\/$/, "") : null;
  const places = [`${ownOrigin}${KEY_SET}`, ...(base === null ? [] : [`${base}${KEY_SET}`])];
  const sets = await Promise.all([...new Set(places)].map((url) => textAt(context, url)));
  if (base === null || sets.some((set) => keysOf(set).length > 0)) return sets;
  const named = entry(parse(await textAt(context, `${base}/.well-known/openid-configuration`)), "jwks_uri");
  if (typeof named !== "string" || !URL.canParse(named) || !isRelated(new URL(named).hostname, host))
    return sets;
  return [await textAt(context, named)];
}

/** What a GET brings; empty where it brings nothing. */
async function textAt({ settings, answerMs }: CheckContext, url: string): Promise<string> {
  const { pathname, search } = new URL(url);
  try {
    const target = await resolveTarget(parseTargetUrl(url));
    const { status, text } = await getPage({
      target,
      path: `${pathname}${search}`,
      headers: { Accept: "application/json", "User-Agent": settings.userAgent },
      maxBytes: MAX_BYTES,
      timeoutMs: answerMs,
    });
    return status === 200 ? text : "";
  } catch {
    return "";
  }
}

/** The keys in a JWK set (RFC 7517 5), in one JWK, or in PEM. */
function keysOf(text: string): readonly { readonly kid: unknown; readonly key: KeyObject }[] {
  if (text.trimStart().startsWith("-----BEGIN")) return keyOf(text, null);
  const parsed = parse(text);
  const listed = entry(parsed, "keys");
  const jwks: readonly unknown[] = Array.isArray(listed) ? listed : [parsed];
  return jwks.flatMap((jwk) =>
    typeof jwk === "object" && jwk !== null
      ? // Whether it is a key, `createPublicKey` says.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        keyOf({ key: jwk as JsonWebKey, format: "jwk" }, entry(jwk, "kid") ?? null)
      : [],
  );
}

function keyOf(
  source: Parameters<typeof createPublicKey>[0],
  kid: unknown,
): readonly { readonly kid: unknown; readonly key: KeyObject }[] {
  try {
    return [{ kid, key: createPublicKey(source) }];
  } catch {
    return [];
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function entry(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
