import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Target } from "../target.ts";

/** What a GET brought. */
export interface Page {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly type: string;
  readonly location: string | null;
  /** The body, as far as it was read. */
  readonly text: string;
}

/** Where a GET goes, and what it may take. */
export interface GetOptions {
  readonly target: Target;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent along: then it is a POST. Default: nothing. */
  readonly body?: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Gets a page from the target's address, whatever its name resolves to by now. Rejects where no answer comes in time. */
export function getPage({ target, path, headers, body, maxBytes, timeoutMs }: GetOptions): Promise<Page> {
  return new Promise((resolve, reject) => {
    if (target.problem !== "") throw new Error(target.problem);
    const options = {
      host: target.address,
      port: target.port,
      path,
      agent: false,
      method: body === undefined ? "GET" : "POST",
      headers: { Host: target.authority, ...headers, "Accept-Encoding": "identity", Connection: "close" },
      signal: AbortSignal.timeout(timeoutMs),
    };
    const take = (response: IncomingMessage): void => {
      read(response, maxBytes).then(resolve, reject);
    };
    const asked = target.isTls
      ? // oxlint-disable-next-line sallyport/no-unverified-tls -- it looks at targets whose certificate nobody signed, and a check says so
        requestHttps({ ...options, servername: target.host, rejectUnauthorized: false }, take)
      : requestHttp(options, take);
    asked.on("error", reject);
    asked.end(body);
  });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Page> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length >= maxBytes) break;
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    type: response.headers["content-type"] ?? "",
    location: response.headers.location ?? null,
    text: Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8"),
  };
}
