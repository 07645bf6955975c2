import { WebSocket } from "ws";

/** Handshakes at a time. */
const OPENING = 100;

function open(port: number, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
    headers: { Authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Opens a connection for each token. What goes wrong with one that is open is shown by its end. */
export async function openClients(port: number, tokens: readonly string[]): Promise<readonly WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let index = 0; index < tokens.length; index += OPENING)
    sockets.push(
      ...(await Promise.all(tokens.slice(index, index + OPENING).map((token) => open(port, token)))),
    );
  for (const socket of sockets) socket.on("error", () => {});
  return sockets;
}
