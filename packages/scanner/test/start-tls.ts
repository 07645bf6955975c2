import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecureContextOptions } from "node:tls";
import { WebSocketServer } from "ws";
import { loadDevelopmentCertificate } from "../../sallyport/src/hosts/development-ca.ts";
import type { SpecimenServer } from "./specimen.ts";
import { echo } from "./start-ws.ts";

/** A `wss:` server of a specimen. */
export interface TlsSetup {
  /** Versions, ciphers, another certificate. */
  readonly tls?: SecureContextOptions;
  /** Plain handshakes on the same port are accepted too. Default: false. */
  readonly plainToo?: boolean;
  /** What answers requests that are no upgrade. Default: 404. */
  readonly onRequest?: RequestListener;
  /** The same, without TLS. Default: 404. */
  readonly onPlainRequest?: RequestListener;
}

/** The first byte of a TLS record that begins a handshake (RFC 8446 5.1). */
const TLS_HANDSHAKE = 0x16;

/** A certificate, its key, and the authority that made it. */
export interface LocalCertificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

let made: Promise<LocalCertificate> | null = null;

/** A certificate for localhost and 127.0.0.1, of an authority that nobody trusts; made once a process. */
export function localCertificate(): Promise<LocalCertificate> {
  return (made ??= makeCertificate(Date.now()));
}

/** A certificate like that, made at a time, for a year. */
export async function makeCertificate(wallNow: number): Promise<LocalCertificate> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-scan-"));
  const made = await loadDevelopmentCertificate({ directory, names: [], wallNow });
  await rm(directory, { recursive: true });
  return { cert: made.certificatePem, key: made.keyPem, ca: made.caPem };
}

/** Starts a `ws` server behind TLS on a free loopback port. */
export async function startTls({
  tls = {},
  plainToo = false,
  onRequest = notFound,
  onPlainRequest = notFound,
}: TlsSetup = {}): Promise<SpecimenServer> {
  const { cert, key } = await localCertificate();
  const secure = createHttps({ cert, key, ...tls }, onRequest);
  const plain = createHttp(onPlainRequest);
  const server = new WebSocketServer({ noServer: true });
  server.on("connection", (socket) => {
    socket.on("error", () => undefined);
    echo(socket);
  });
  for (const each of plainToo ? [secure, plain] : [secure])
    each.on("upgrade", (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (upgraded) => server.emit("connection", upgraded, request));
    });
  const sockets = new Set<Socket>();
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", (chunk) => {
      socket.pause();
      socket.unshift(chunk);
      (chunk[0] === TLS_HANDSHAKE ? secure : plain).emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  const address = front.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `wss://127.0.0.1:${port}/`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => front.close(resolve));
    },
  };
}

const notFound: RequestListener = (_, response) => void response.writeHead(404).end();
