import type { ListenInput } from "../../policy/attach-config.ts";
import { SESSION_COOKIE } from "./dashboard-cookie.ts";

/** The path of the dashboard's own socket. */
export const LIVE_PATH = "/dashboard/live";
/** Where the guard of that socket asks whose session a cookie is. */
export const IDENTITY_PATH = "/dashboard/identity";

/** How soon a session that has ended unnoticed loses its socket, where nobody told before. */
const RECHECK = "10s";

/**
 * The policy of the dashboard's own socket: our guards before our page. Pages of its own origin alone, with the cookie of a session that
 * lives, 20 sockets for each name; what a page says is a few words, and one that does not read is spared messages.
 *
 * @param origins of the dashboard's page
 * @param ownUrl of the admin address, as this process calls it
 */
export function livePolicy(origins: readonly string[], ownUrl: string): ListenInput {
  return {
    watch: "off",
    routes: [
      {
        path: LIVE_PATH,
        origin: { allow: origins },
        // A session's end is what ends it; nothing here outlives it for want of a refresh.
        identity: {
          session: {
            url: `${ownUrl}${IDENTITY_PATH}`,
            cookie: SESSION_COOKIE,
            recheck: RECHECK,
            // The question goes to this process itself.
            unsafeAllowPlaintext: true,
          },
        },
        connectionLimit: { total: 200, perAddress: 200, perUser: 20, handshakesPerAddress: "20/s" },
        messageSize: { inbound: "1KiB", outbound: "16MiB", opcodes: "text", finishWithin: "3s" },
        messageRate: { perConnection: "5/s", burst: 10, perUser: "50/s" },
        slowConsumer: { bytes: "8MiB", after: "30s", policy: "drop" },
      },
    ],
  };
}
