import { Buffer } from "node:buffer";
import { constants, type ClientHttp2Session } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startGateway, startRawServer } from "./harness.ts";
import { answerOf, connectHttp2, requestPlain } from "./http2-client.ts";

/** More than the network between the gate and its application takes by itself. */
const BODY_BYTES = 16 * 1024 * 1024;

/** Waits until the gate takes nothing more of a body: that looks the same again and again, also where the machine does other things in between. */
async function stalled(session: ClientHttp2Session): Promise<void> {
  const left = (): number => session.state.remoteWindowSize ?? 0;
  for (let [before, same] = [-1, 0]; same < 10; before = left()) {
    await delay(20);
    same = before === left() ? same + 1 : 0;
  }
}

describe("a request of HTTP/2 that its client resets without an error, its body half read (RFC 9113 8.1)", () => {
  it("ends alone when its application fails: nothing can be answered any more, and the gate goes on", async () => {
    const application = await startRawServer((socket) => socket.pause());
    const gate = await startGateway({
      upstream: application.url,
      listen: { tls: "development" },
      route: { http: "forward", origin: { allow: ["https://localhost"] } },
    });
    const session = await connectHttp2(gate.url, { maxSessionMemory: 100 });
    const post = { ":method": "POST", ":authority": "localhost", ":path": "/", origin: "https://localhost" };
    const stream = session.request(post, { endStream: false });
    stream.on("error", () => undefined);
    stream.write(Buffer.alloc(BODY_BYTES));
    await expect.poll(application.connections).toBe(1);
    await stalled(session);
    stream.close(constants.NGHTTP2_NO_ERROR);
    await new Promise((resolve) => session.ping(resolve));
    for (const socket of application.sockets) socket.resetAndDestroy();
    expect(await gate.seen("handshake")).toMatchObject({ code: "upstream.unreachable" });
    const live = await answerOf(requestPlain(session, { ":path": "/.sallyport/live" }));
    expect(live[":status"]).toBe(200);
  });
});
