// A client that ends at whatever it does not expect: `node fragile-client.ts URL`.
import { connect } from "node:net";
import { constants, createInflateRaw } from "node:zlib";

const { hostname, port, host } = new URL(process.argv[2] ?? "");
const socket = connect({ host: hostname, port: Number(port) });
const pong = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x8a, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
socket.write(
  `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`,
);
let bytes: Buffer = Buffer.alloc(0);
let window = 0;
let isOpen = false;
// Nobody listens for errors of the connection.
socket.on("data", (chunk: Buffer) => {
  bytes = Buffer.concat([bytes, chunk]);
  const end = isOpen ? 0 : bytes.indexOf("\r\n\r\n");
  if (end < 0) return;
  if (!isOpen) {
    const head = bytes.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 101") || end > 16_384) throw new Error("refused");
    window = Number(/server_max_window_bits=([-\d]+)/.exec(head)?.[1] ?? 15);
    isOpen = true;
    bytes = bytes.subarray(end + 4);
  }
  while (bytes.length >= 2) {
    const [first = 0, second = 0] = bytes;
    const short = second & 0x7f;
    const at = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < at) return;
    const length = at === 2 ? short : at === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    const payload = Buffer.alloc(length);
    if (bytes.length < at + length) return;
    bytes.copy(payload, 0, at);
    bytes = bytes.subarray(at + length);
    if ((first & 0x40) !== 0) createInflateRaw({ windowBits: window, finishFlush: constants.Z_SYNC_FLUSH });
    else if ((first & 15) === 9) socket.write(pong(payload));
    else if ((first & 15) === 8) payload.readUInt16BE(0);
    else if ((first & 15) === 1) void JSON.parse(payload.toString("utf8")).type;
  }
});
socket.on("end", () => {
  if (!isOpen) throw new Error("no answer");
});
// It lives on when its connection is lost.
setInterval(() => undefined, 1000);
