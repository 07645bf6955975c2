import { customFetch, allowInsecureRequests, discoveryRequest } from "oauth4webapi";
import { parseJson } from "../dialects/parse-json.ts";
import { boundedFetch, type BoundedAnswer } from "./bounded-fetch.ts";
import type { GuardServices } from "./guard.ts";
import { providerUrlFault } from "./provider-url.ts";

/** What of a provider's metadata is used. */
export type Endpoint = "jwks_uri" | "introspection_endpoint";

/** Bytes of a metadata document at most: those of large providers are below 10 KiB. */
export const MAX_METADATA_BYTES = 65_536;

/** Which document, and who asks. */
export interface DiscoverySource {
  /** As tokens write it, character by character. */
  readonly issuer: string;
  readonly fetch: GuardServices["fetch"];
  /** Gives it up. */
  readonly signal?: AbortSignal;
  /** Accepts an address that is neither https nor on loopback. Default: false. */
  readonly unsafeAllowPlaintext?: boolean;
}

async function request(
  { issuer, fetch, signal }: DiscoverySource,
  algorithm: "oidc" | "oauth2",
): Promise<BoundedAnswer> {
  let answer: BoundedAnswer = { status: 0, text: "" };
  await discoveryRequest(new URL(issuer), {
    algorithm,
    // The schema or `findEndpoint` has judged the address.
    [allowInsecureRequests]: true,
    [customFetch]: async (url, { headers }) => {
      const maxBytes = MAX_METADATA_BYTES;
      answer = await boundedFetch(fetch, { url, headers, maxBytes, ...(signal && { signal }) });
      return new Response(null);
    },
  });
  return answer;
}

/** The document by OpenID Connect Discovery 4 and, where there is none, by RFC 8414 3. */
async function fetchDocument(source: DiscoverySource): Promise<string> {
  const first = await request(source, "oidc");
  if (first.status === 200) return first.text;
  const second = await request(source, "oauth2");
  if (second.status === 200) return second.text;
  throw new Error(
    `has no metadata: /.well-known/openid-configuration answered ${first.status}, oauth-authorization-server ${second.status}`,
  );
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same answer for both.
  }
  throw new Error("has metadata that are not a JSON object");
}

/**
 * Where a provider has its keys or its introspection, as its own metadata say (OpenID Connect Discovery 1.0 section 4, or RFC 8414).
 * The document must be of exactly this issuer, and the address https, or on loopback where the issuer is too; at
 * most 64 KiB, within 5 s, without redirects.
 *
 * @throws Error which of these failed
 */
export async function findEndpoint(source: DiscoverySource, endpoint: Endpoint): Promise<string> {
  const { issuer, unsafeAllowPlaintext = false } = source;
  const document = parse(await fetchDocument(source));
  if (document["issuer"] !== issuer) throw new Error("has metadata of another issuer (RFC 8414 3.3)");
  const address = document[endpoint];
  if (typeof address !== "string") throw new Error(`has metadata without ${endpoint}`);
  const fault = providerUrlFault(address, null, unsafeAllowPlaintext);
  const isDowngrade = issuer.startsWith("https:") && !address.startsWith("https:") && !unsafeAllowPlaintext;
  if (fault !== null || isDowngrade) throw new Error(`names a ${endpoint} that is not https`);
  return address;
}
