import type { HandshakeRequest, Identity } from "./guard.ts";

/** A token as it was presented, and where it stood. The token may be empty or garbage: it was presented all the same. */
export interface PresentedToken {
  readonly source: NonNullable<Identity["credential"]>;
  readonly token: string;
}

/** Which optional places are looked at; `undefined`: that place is not. */
export interface TokenPlaces {
  readonly cookie?: string | undefined;
  readonly queryParameter?: string | undefined;
}

/** What a subprotocol entry that carries a token begins with. */
export const TOKEN_SUBPROTOCOL = "sallyport.token.";

function fromAuthorization(values: readonly string[]): string[] {
  const isBearer = values.some((value) => /^bearer(?:\s|$)/i.test(value));
  return isBearer ? values.map((value) => value.replace(/^bearer/i, "").trim()) : [];
}

function fromCookies(values: readonly string[], name: string | undefined): string[] {
  const pairs = values.flatMap((value) => value.split(";")).map((pair) => pair.trim());
  const named = pairs.filter((pair) => pair.includes("=") && pair.split("=")[0]?.trim() === name);
  return named.map((pair) =>
    pair
      .slice(pair.indexOf("=") + 1)
      .trim()
      .replace(/^"(.*)"$/s, "$1"),
  );
}

/**
 * Every token that the request presents: `Authorization: Bearer` (RFC 6750 2.1; a second Authorization field counts as a
 * second token), subprotocol entries `sallyport.token.<jwt>`, and, where asked for, one cookie and one query parameter.
 * More than one in the answer is for the caller to refuse (RFC 6750 2).
 */
export function findPresentedTokens(request: HandshakeRequest, places: TokenPlaces): PresentedToken[] {
  const { headers, subprotocols, query } = request;
  const entries = subprotocols.filter((name) => name.startsWith(TOKEN_SUBPROTOCOL));
  const parameter = places.queryParameter;
  return [
    ...fromAuthorization(headers.all("authorization")).map((token) => ({
      source: "authorization" as const,
      token,
    })),
    ...entries.map((name) => ({
      source: "subprotocol" as const,
      token: name.slice(TOKEN_SUBPROTOCOL.length),
    })),
    ...fromCookies(headers.all("cookie"), places.cookie).map((token) => ({
      source: "cookie" as const,
      token,
    })),
    ...(parameter === undefined ? [] : new URLSearchParams(query).getAll(parameter)).map((token) => ({
      source: "query" as const,
      token,
    })),
  ];
}
