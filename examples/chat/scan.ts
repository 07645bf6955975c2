// What a scanner does that nobody invited: `npm run demo:scan`, while `npm run demo` runs. It comes from another address of this
// machine, so that it is not you who is banned.
import { request } from "node:https";
import { parseArgs } from "node:util";

import { atDemo, demoDirectory } from "./running-demo.ts";

const { values: flags } = parseArgs({
  options: {
    // Where the demo's configuration is.
    directory: { type: "string", default: demoDirectory },
    // The loopback address that it comes from.
    from: { type: "string", default: "127.0.0.2" },
    // Doors that it tries at most.
    tries: { type: "string", default: "60" },
  },
});

/** The status that a handshake without any credential is answered with. */
function knock(port: number, path: string): Promise<number> {
  return new Promise((done, fail) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      path,
      localAddress: flags.from,
      headers: {
        Host: `localhost:${port}`,
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
      },
      servername: "localhost",
      // A scanner does not ask who signed the certificate.
      // oxlint-disable-next-line sallyport/no-unverified-tls -- it asks the gate on this machine, whose certificate is of its own making
      rejectUnauthorized: false,
      agent: false,
    });
    asked.on("response", (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    asked.on("error", fail);
    asked.end();
  });
}

const doors = (count: number): string => (count === 1 ? "1 door" : `${count} doors`);

/** Tries one door after the other until the address is banned. */
async function scan(port: number): Promise<void> {
  const tries = Number(flags.tries);
  for (let door = 1; door <= tries; door += 1) {
    if ((await knock(port, `/chat/door-${door}`)) !== 403) continue;
    console.log(`${doors(door - 1)} tried from ${flags.from}, none opened; the next answers 403: banned`);
    return;
  }
  console.log(`${doors(tries)} tried from ${flags.from}: none opened, and nobody was banned`);
}

await atDemo(flags.directory, scan);
