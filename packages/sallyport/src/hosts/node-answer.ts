import { request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { MAX_RESPONSE_HEAD_BYTES } from "../protocol/response-head.ts";

/**
 * Lets Node's HTTP parser read an answer that has begun to arrive on a socket of ours. Node parses for a request of its own:
 * it makes one, whose bytes go nowhere, since the true one was sent already. Rejects for what is no HTTP, for a switch of
 * protocols, and where the socket ends first.
 *
 * @param begun what was read of the answer
 */
export function readWithNode(socket: Socket, begun: Uint8Array): Promise<IncomingMessage> {
  const answer = new Duplex({
    read: () => void socket.resume(),
    write: (_chunk, _encoding, done) => done(),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  answer.push(begun);
  socket.on("data", (bytes) => {
    if (!answer.push(bytes)) socket.pause();
  });
  socket.on("end", () => answer.push(null));
  socket.on("error", (error) => answer.destroy(error));
  socket.on("close", () => answer.destroy());
  const outgoing = request({ createConnection: () => answer, maxHeaderSize: MAX_RESPONSE_HEAD_BYTES });
  return new Promise((resolve, reject) => {
    outgoing.on("response", resolve);
    outgoing.on("upgrade", () => {
      answer.destroy();
      reject(new Error("a switch of protocols that is none of HTTP/1.1"));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}
