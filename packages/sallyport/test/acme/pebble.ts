import { spawn } from "node:child_process";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { freePort } from "../../../../examples/shared/loopback.ts";
import { loadDevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import { portOf } from "../gateway/harness.ts";

const PEBBLE = "/usr/bin/pebble";

/** Where the authority is not there its tests are left out, but not in CI: there its absence is a failure. */
export const runsPebbleTests: boolean = existsSync(PEBBLE) || process.env["CI"] === "true";

/** A real ACME authority (Debian's `pebble`), which finds every name on loopback. */
export interface Pebble {
  /** The URL of its directory. */
  readonly directory: string;
  /** The file of the CA of its own server. */
  readonly directoryCa: string;
  /** Where it comes to for `http-01` and `tls-alpn-01`: a door that leads to this port; 0: it is shut; `null`: it waits there until that is known. */
  leadTo(port: number | null): void;
  close(): Promise<void>;
}

/** Starts the authority on free loopback ports. */
export async function startPebble(): Promise<Pebble> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-pebble-"));
  const own = await loadDevelopmentCertificate({ directory, names: [] });
  const files = { certificate: join(directory, "cert.pem"), privateKey: join(directory, "key.pem") };
  await writeFile(files.certificate, own.certificatePem);
  await writeFile(files.privateKey, own.keyPem);
  const [door, names] = [await openDoor(), await answerNames()];
  const { child, port } = await startOnFreePort({
    directory,
    files,
    door: portOf(door.server.address()),
    names: names.address().port,
  });
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    directoryCa: own.caFile,
    leadTo: (to) => door.leadTo(to),
    async close() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      door.close();
      names.close();
      await rm(directory, { recursive: true });
    },
  };
}

interface Start {
  readonly directory: string;
  readonly files: { readonly certificate: string; readonly privateKey: string };
  readonly door: number;
  readonly names: number;
}

/** It cannot be asked for a port of its own choice: where the one chosen for it was taken meanwhile, it gets another. */
async function startOnFreePort({ directory, files, door, names }: Start): Promise<{
  readonly child: ReturnType<typeof spawn>;
  readonly port: number;
}> {
  for (let tries = 0; tries < 10; tries++) {
    const port = await freePort(0);
    const config = join(directory, "pebble.json");
    const pebble = { listenAddress: `127.0.0.1:${port}`, ...files, httpPort: door, tlsPort: door };
    await writeFile(config, JSON.stringify({ pebble }));
    const child = spawn(PEBBLE, ["-config", config, "-dnsserver", `127.0.0.1:${names}`], {
      stdio: "ignore",
      env: {
        ...process.env,
        PEBBLE_VA_NOSLEEP: "1",
        PEBBLE_WFE_NONCEREJECT: "0",
        PEBBLE_AUTHZREUSE: "0",
      },
    });
    if (await answers(child, port)) return { child, port };
  }
  throw new Error("pebble does not start");
}

/** Whether it comes to answer, or ends. */
async function answers(child: ReturnType<typeof spawn>, port: number): Promise<boolean> {
  const ended = once(child, "exit").then(() => false);
  const tryOnce = async (): Promise<boolean> =>
    await new Promise((resolve) => {
      const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
      socket.once("secureConnect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("close", () => socket.destroy());
    });
  const listening = async (): Promise<boolean> => {
    while (child.exitCode === null && child.signalCode === null) {
      if (await tryOnce()) return true;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
  };
  return await Promise.race([ended, listening()]);
}

interface Door {
  readonly server: Server;
  leadTo(port: number | null): void;
  close(): void;
}

function pass(socket: Socket, port: number): void {
  if (port === 0) return void socket.destroy();
  const onward = connect(port, "127.0.0.1");
  onward.on("error", () => socket.destroy());
  socket.on("close", () => onward.destroy());
  socket.pipe(onward).pipe(socket);
}

/** What the authority connects to, before it is known where the gate listens. */
async function openDoor(): Promise<Door> {
  const [sockets, waiting] = [new Set<Socket>(), new Set<Socket>()];
  let to: number | null = null;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      sockets.delete(socket);
      waiting.delete(socket);
    });
    if (to === null) waiting.add(socket);
    else pass(socket, to);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    leadTo(port) {
      to = port;
      if (port === null) return;
      for (const socket of waiting) pass(socket, port);
      waiting.clear();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const HEADER_BYTES = 12;
const TYPE_A = 1;

/** A name server to which every name is at 127.0.0.1 (RFC 1035 4.1). */
async function answerNames(): Promise<DatagramSocket> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const afterName = query.indexOf(0, HEADER_BYTES) + 1;
    const question = query.subarray(HEADER_BYTES, afterName + 4);
    const isA = query.readUInt16BE(afterName) === TYPE_A;
    const header = Buffer.from([...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
    const answer = isA ? Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]) : [];
    socket.send(Buffer.concat([header, question, Buffer.from(answer)]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}
