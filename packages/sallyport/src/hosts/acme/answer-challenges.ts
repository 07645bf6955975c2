import type { Server, Socket } from "node:net";
import { createSecureContext, createServer, type Server as TlsServer } from "node:tls";
import { ACME_TLS_PROTOCOL, readAcmeTlsQuestion } from "../../protocol/acme-tls.ts";
import { tlsOptions } from "../tls-options.ts";
import type { ChallengeCertificate } from "./acme-board.ts";

/** A ClientHello comes at once; a peer that takes longer goes on with TLS itself, which has a time of its own. */
const HELLO_WITHIN_MS = 5000;

/** The challenges that are open now. */
type Challenges = () => readonly ChallengeCertificate[];

/**
 * Has a TLS listener answer challenges of TLS-ALPN-01 (RFC 8737). Only while one is open the first bytes of new connections are looked at: an
 * authority's go to a server of their own, which shows the certificate of the challenge and hangs up; everybody else's go on as they came. Node chooses a
 * certificate before it looks at ALPN, so that one server cannot do both without showing clients the wrong one.
 */
export function answerChallenges(server: Server, challenges: Challenges): void {
  const asked = challengeServer(challenges);
  const takers = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const take = (): void => {
      for (const taker of takers) taker.call(server, socket);
    };
    if (challenges().length === 0) return take();
    readHello(socket, (isAuthority) => {
      if (isAuthority) asked.emit("connection", socket);
      else take();
    });
  });
}

function challengeServer(challenges: Challenges): TlsServer {
  const { minVersion, maxVersion, ciphers } = tlsOptions("intermediate");
  const server = createServer(
    {
      minVersion,
      maxVersion,
      ciphers,
      handshakeTimeout: HELLO_WITHIN_MS,
      ALPNProtocols: [ACME_TLS_PROTOCOL],
      SNICallback(name, done) {
        const found = challenges().find(({ domain }) => domain === name.toLowerCase());
        if (found === undefined) done(new Error("no challenge of this name is open"));
        else done(null, createSecureContext({ cert: found.cert, key: found.key }));
      },
    },
    // The handshake was the answer (RFC 8737 3).
    (socket) => socket.end(),
  );
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

/** Reads until it is known who is there, and puts back what was read. */
function readHello(socket: Socket, decide: (isAuthority: boolean) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => finish(false), HELLO_WITHIN_MS);
  const leave = (): void => {
    clearTimeout(timer);
    socket.off("readable", read);
    socket.off("end", onEnd);
    socket.off("close", leave);
  };
  const finish = (isAuthority: boolean): void => {
    leave();
    // A stream learns in the next tick that nobody waits for `readable` any more; only then it flows for others.
    process.nextTick(() => {
      socket.off("error", ignore);
      if (socket.destroyed) return;
      if (bytes.length > 0) socket.unshift(bytes);
      decide(isAuthority);
    });
  };
  const onEnd = (): void => {
    leave();
    socket.destroy();
  };
  const read = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    bytes = Buffer.concat([bytes, chunk]);
    const question = readAcmeTlsQuestion(bytes);
    if (question !== "incomplete") finish(question === "acme");
  };
  socket.on("readable", read);
  socket.on("end", onEnd);
  socket.on("close", leave);
  socket.on("error", ignore);
}

function ignore(): void {}
