import { AsyncLocalStorage } from "node:async_hooks";
import { Agent } from "node:https";
import { rootCertificates } from "node:tls";
import type * as acmeClient from "acme-client";
import { problemOf } from "../../problem-of.ts";

/** What of the ACME library is used, loaded when the first certificate is wanted: a gate without one does without its fifty packages. */
export type AcmeLibrary = typeof acmeClient;

/** What the requests of one order go by. */
interface OrderContext {
  readonly agent: Agent;
  readonly signal: AbortSignal;
  /** Why a request had no answer; `null`: none was without. */
  broken: string | null;
}

/** An answer is waited for this long. */
const ANSWER_WITHIN_MS = 30_000;
/** A directory, an order or a chain is some kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Authorities answer where they are asked. */
const MAX_REDIRECTS = 3;

const PLAINTEXT = "the authority leads to a URL without https (RFC 8555 6.1)";
const NO_ANSWER = "the authority does not answer as RFC 8555 has it, in 30 s and in 1 MiB";

const current = new AsyncLocalStorage<OrderContext>();
let loading: Promise<AcmeLibrary> | null = null;

/** Whom an order's requests trust, and what ends them. */
export interface OrderBounds {
  /** PEM of the CA of the authority's own server; `null`: the system's. */
  readonly directoryCa: string | null;
  readonly signal: AbortSignal;
}

/**
 * Runs an order with the library. Its HTTP client is one for the process and waits for ever, takes any amount, and repeats a failed request
 * for a minute and more; here every request has a time and a size, is made once, and ends with the order it belongs to.
 */
export async function withAcmeLibrary<Value>(
  { directoryCa, signal }: OrderBounds,
  order: (library: AcmeLibrary) => Promise<Value>,
): Promise<Value> {
  const library = await (loading ??= load());
  const agent = new Agent(directoryCa === null ? {} : { ca: [...rootCertificates, directoryCa] });
  const context: OrderContext = { agent, signal, broken: null };
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...parameters) => {
    const socket = connect(...parameters);
    socket?.once("error", (error) => (context.broken = problemOf(error)));
    return socket;
  };
  try {
    return await current.run(context, async () => await order(library));
  } catch (error) {
    // Where a request has no answer the library looks for a status in it all the same, and throws what comes of that.
    if (error instanceof TypeError) throw new Error(context.broken ?? NO_ANSWER, { cause: error });
    throw error;
  } finally {
    agent.destroy();
  }
}

async function load(): Promise<AcmeLibrary> {
  const library = await import("acme-client");
  const { axios } = library;
  const { defaults } = axios as typeof axios & { defaults: { acmeSettings?: Record<string, unknown> } };
  defaults.acmeSettings = { ...defaults.acmeSettings, retryMaxAttempts: 0 };
  defaults.timeout = ANSWER_WITHIN_MS;
  defaults.maxContentLength = MAX_ANSWER_BYTES;
  defaults.maxRedirects = MAX_REDIRECTS;
  axios.interceptors.request.use((request) => {
    const context = current.getStore();
    if (context === undefined) return request;
    // Whatever its directory says: what is asked in the clear others read and answer, and it may lead into our own network.
    const assertHttps = (protocol: string | undefined): void => {
      if (protocol === "https:") return;
      context.broken = PLAINTEXT;
      throw new Error(PLAINTEXT);
    };
    assertHttps(URL.parse(request.url ?? "")?.protocol);
    request.beforeRedirect = ({ protocol }: { readonly protocol?: string }) => assertHttps(protocol);
    request.signal = context.signal;
    request.httpsAgent = context.agent as unknown;
    return request;
  });
  return library;
}
