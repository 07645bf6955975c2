import type { ConnectionOptions } from "node:tls";
import type { CheckContext } from "../../check-context.ts";
import { NoConnectionError, NotTestedError } from "../../not-tested.ts";
import type { Probe } from "../../probe/probe.ts";

/** What OpenSSL says where this side cannot even try. */
const LOCAL =
  /no protocols available|no cipher match|no ciphers available|unsupported protocol version|SECLEVEL/i;

/** Makes a TLS connection with other options; null where the target refuses. Throws `NotTestedError` where this machine's own TLS cannot try it. */
export async function tryTls(context: CheckContext, options: ConnectionOptions): Promise<Probe | null> {
  try {
    return await context.dial({ tls: options });
  } catch (error) {
    if (!(error instanceof NoConnectionError)) throw error;
    if (LOCAL.test(error.message))
      throw new NotTestedError(`this machine's TLS cannot try it: ${error.message}`);
    return null;
  }
}
