import type { ClientScene } from "./client-scene.ts";
import { wsClient } from "./library-clients.ts";
import { naiveClient, type NaiveClientSetup } from "./naive-client.ts";

/** A client with the fault, and one without. */
export interface ClientSpecimen {
  readonly vulnerable: ClientScene;
  readonly clean: ClientScene;
}

/** How long somebody is waited for who goes on waiting, and somebody who does not, however slow the machine is. */
const SHORT_MS = 700;
const LONG_MS = 10_000;

const naive = (setup: NaiveClientSetup = {}): ClientScene => ({
  client: naiveClient(setup),
  settings: { silenceMs: SHORT_MS },
});
const ws: ClientScene = { client: wsClient(), settings: { silenceMs: LONG_MS } };
/** The naive client takes everything; ws follows the standard. */
const usual: ClientSpecimen = { vulnerable: naive(), clean: ws };
const withAuthorization = ["Authorization: Bearer 0123456789abcdef"];
const compressing = ["Sec-WebSocket-Extensions: permessage-deflate"];
/** A counter as a masking key. */
const counted = (count: number): Buffer => Buffer.from([1, 2, 3, count]);

/** What each check that needs no process is proven on. */
export const clientSpecimens: Readonly<Record<string, ClientSpecimen>> = {
  "client-accepts-wrong-accept": usual,
  "client-accepts-other-status": usual,
  "client-accepts-other-upgrade": usual,
  "client-accepts-unoffered-subprotocol": usual,
  "client-accepts-unoffered-extension": usual,
  "client-speaks-before-the-answer": { vulnerable: naive({ hurries: true }), clean: ws },
  "client-sends-credentials-elsewhere": {
    vulnerable: naive({ follows: true, headers: withAuthorization }),
    clean: {
      client: wsClient({ followRedirects: true, headers: { Authorization: "Bearer 0123456789abcdef" } }),
      settings: { silenceMs: LONG_MS },
    },
  },
  "client-waits-for-the-answer-forever": {
    vulnerable: naive(),
    clean: { client: wsClient({ handshakeTimeout: 300 }), settings: { idleMs: LONG_MS } },
  },
  "client-sends-unmasked-frames": { vulnerable: naive({ mask: () => null }), clean: ws },
  "client-repeats-masking-keys": { vulnerable: naive({ mask: counted }), clean: ws },
  "client-accepts-masked-frames": usual,
  "client-accepts-reserved-bits": usual,
  "client-accepts-reserved-opcodes": usual,
  "client-accepts-invalid-utf8": usual,
  "client-accepts-fragmented-control-frames": usual,
  "client-accepts-oversized-control-frames": usual,
  "client-accepts-stray-continuations": usual,
  "client-accepts-interleaved-messages": usual,
  "client-accepts-length-with-high-bit": usual,
  // No library ends the connection for it.
  "client-accepts-overlong-lengths": { vulnerable: naive(), clean: naive({ refusesBinary: true }) },
  "client-leaves-close-unanswered": { vulnerable: naive({ atClose: "drop" }), clean: ws },
  "client-sends-data-after-close": { vulnerable: naive({ echoes: true }), clean: ws },
  "client-echoes-invalid-close-codes": usual,
  "client-echoes-invalid-close-reasons": usual,
  "client-no-message-size-limit": usual,
  "client-no-fragment-limit": usual,
  "client-no-decompression-limit": {
    vulnerable: naive({ headers: compressing }),
    clean: { client: wsClient({ maxPayload: 65_536 }) },
  },
};
