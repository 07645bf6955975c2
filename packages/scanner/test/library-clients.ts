import { type ClientOptions, WebSocket as WsSocket } from "ws";
import type { ClientLoop } from "./naive-client.ts";

/** A client of `ws` that connects again whenever its connection is lost. */
export function wsClient(options: ClientOptions = {}): ClientLoop {
  return (url) => {
    let isOver = false;
    let socket: WsSocket | null = null;
    const again = (): void => {
      socket = new WsSocket(url, options);
      socket.on("error", () => undefined);
      socket.on("close", () => isOver || setImmediate(() => isOver || again()));
    };
    again();
    return {
      end() {
        isOver = true;
        socket?.terminate();
      },
    };
  };
}

/** The WebSocket that Node has by itself, which is undici's, again and again. */
export const builtInClient: ClientLoop = (url) => {
  let isOver = false;
  let socket: WebSocket | null = null;
  const again = (): void => {
    socket = new WebSocket(url);
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", () => void (isOver || setImmediate(() => isOver || again())));
  };
  again();
  return {
    end() {
      isOver = true;
      socket?.close();
    },
  };
};
