import type { HandshakeRequest, Identity } from "./guard.ts";

/** A token as it was presented, and where it stood. The token may be empty or garbage: it was presented all the same. */
export interface PresentedToken {
  readonly source: NonNullable<Identity["credential"]>;
  readonly token: string;
  /** The name of the cookie or query parameter that carried it. */
  readonly name?: string;
}

/** Which optional places are looked at, by the names of cookies and query parameters. */
export interface TokenPlaces {
  readonly cookies: readonly string[];
  readonly queryParameters: readonly string[];
}

/** What a subprotocol entry that carries a token begins with. */
export const TOKEN_SUBPROTOCOL = "sallyport.token.";

function fromAuthorization(values: readonly string[]): string[] {
  const isToken = values.some((value) => /^(?:bearer|dpop)(?:\s|$)/i.test(value));
  return isToken ? values.map((value) => value.replace(/^(?:bearer|dpop)/i, "").trim()) : [];
}

/** Every value of the cookies of these names, in the order in which they stand. */
function fromCookies(values: readonly string[], names: readonly string[]): PresentedToken[] {
  if (names.length === 0) return [];
  const pairs = values.flatMap((value) => value.split(";")).map((pair) => pair.trim());
  return pairs.flatMap((pair) => {
    const at = pair.indexOf("=");
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (at === -1 || !names.includes(name)) return [];
    const token = pair
      .slice(at + 1)
      .trim()
      .replace(/^"(.*)"$/s, "$1");
    return [{ source: "cookie" as const, token, name }];
  });
}

function fromQuery(query: string, names: readonly string[]): PresentedToken[] {
  if (names.length === 0) return [];
  const parameters = new URLSearchParams(query);
  return names.flatMap((name) =>
    parameters.getAll(name).map((token) => ({ source: "query" as const, token, name })),
  );
}

/**
 * Every token that the request presents: `Authorization: Bearer` (RFC 6750 2.1) or `DPoP` (RFC 9449 7.1; a second Authorization field counts as a
 * second token), subprotocol entries `sallyport.token.<jwt>`, and, where asked for, cookies and query parameters.
 * More than one in the answer is for the caller to refuse (RFC 6750 2).
 */
export function findPresentedTokens(request: HandshakeRequest, places: TokenPlaces): PresentedToken[] {
  const { headers, subprotocols, query } = request;
  const entries = subprotocols.filter((name) => name.startsWith(TOKEN_SUBPROTOCOL));
  return [
    ...fromAuthorization(headers.all("authorization")).map((token) => ({
      source: "authorization" as const,
      token,
    })),
    ...entries.map((name) => ({
      source: "subprotocol" as const,
      token: name.slice(TOKEN_SUBPROTOCOL.length),
    })),
    ...fromCookies(headers.all("cookie"), places.cookies),
    ...fromQuery(query, places.queryParameters),
  ];
}
