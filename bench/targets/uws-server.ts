import { pathToFileURL } from "node:url";

// A uWebSockets.js echo server, where `SALLYPORT_BENCH_UWS` says where its `uws.js` is. The project does not depend on it.

interface UwsSocket {
  send(data: ArrayBuffer, isBinary: boolean): number;
}
interface Uws {
  App(): {
    ws(
      path: string,
      behavior: { message(socket: UwsSocket, data: ArrayBuffer, isBinary: boolean): void },
    ): {
      listen(host: string, port: number, done: (socket: unknown) => void): void;
    };
  };
  us_socket_local_port(socket: unknown): number;
}

const path = process.env["SALLYPORT_BENCH_UWS"] ?? "";
const { default: uws }: { default: Uws } = await import(pathToFileURL(path).href);
uws
  .App()
  .ws("/*", { message: (socket, data, isBinary) => void socket.send(data, isBinary) })
  .listen("127.0.0.1", 0, (socket) => console.log(`listening ${uws.us_socket_local_port(socket)}`));
