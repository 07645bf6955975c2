import { Buffer } from "node:buffer";
import { chmod, lstat, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { BoundedLines } from "../journal/bounded-lines.ts";
import {
  type ControlAnswer,
  type ControlRequest,
  MAX_CONTROL_BYTES,
  parseControlRequest,
} from "../journal/control-message.ts";
import { isEraseOrdered } from "../journal/erase-order.ts";
import type { JournalWriter } from "../journal/journal-writer.ts";
import { problemOf } from "../problem-of.ts";
import { controlPlace } from "./control-place.ts";
import { preparePrivateDirectory } from "./private-files.ts";

/** Where a journal that is written is asked to record readings, to erase, and to take other keys. */
export interface JournalControl {
  readonly path: string;
  /** Ends every connection, and takes the socket away. Before the journal is closed. */
  close(): Promise<void>;
}

/** How it is served. */
export interface ControlOptions {
  /** The journal's. */
  readonly directory: string;
  /** How long a connection may be silent, milliseconds. Default 10 s. */
  readonly idleMs?: number;
}

/** Commands at once: each asks one thing and goes. More are closed, and ask again. */
const MAX_CONNECTIONS = 16;
const IDLE_MS = 10_000;
const NOT_A_REQUEST: ControlAnswer = { ok: false, problem: "that is no request of this version" };

const NOT_ORDERED: ControlAnswer = {
  ok: false,
  problem: "the order is not signed with this journal's keys just now: erase with its master key",
};

/** What of a journal's writer is asked. */
export type ControlledJournal = Pick<JournalWriter, "record" | "erase" | "takeKeys" | "verifier">;

/**
 * Serves a Unix socket in the journal's directory, for its owner alone: lines of JSON, a request and its answer at a time. Only
 * who writes the journal calls this: a socket that is there was left by a writer before. @throws where it cannot listen there
 */
export async function serveControl(
  journal: ControlledJournal,
  { directory, idleMs = IDLE_MS }: ControlOptions,
): Promise<JournalControl> {
  const place = controlPlace(directory);
  const { path, apart } = place;
  if (apart !== null) await preparePrivateDirectory(apart, "the control socket of the journal");
  await removeStale(path);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
    serve(socket, journal, idleMs);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, path);
  await chmod(path, 0o600);
  return { path, close: () => close(server, connections) };
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket()) throw new Error(`${path} is in the way: it is no socket`);
  await rm(path, { force: true });
}

function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  // Exclusive: a worker of a cluster would leave it to its primary.
  server.listen({ path, exclusive: true }, () => {
    server.off("error", reject);
    // What happens to one connection is of that connection.
    server.on("error", () => {});
    resolve();
  });
  return promise;
}

function close(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const socket of connections) socket.destroy();
  return promise;
}

/** One request after the other: nothing more is read while one is answered. */
function serve(socket: Socket, journal: ControlledJournal, idleMs: number): void {
  const lines = new BoundedLines(MAX_CONTROL_BYTES);
  let answering: Promise<void> = Promise.resolve();
  socket.on("error", () => socket.destroy());
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    const requests = lines.push(chunk);
    socket.pause();
    answering = answering.then(async () => {
      for (const line of requests ?? []) if (!(await answer(socket, journal, line))) return;
      if (requests === null) end(socket);
      else socket.resume();
    });
  });
}

/** Whether the connection goes on. */
async function answer(socket: Socket, journal: ControlledJournal, line: string): Promise<boolean> {
  const request = parseControlRequest(line);
  if (request === null) {
    end(socket);
    return false;
  }
  // It may take as long as the disk does.
  const { timeout } = socket;
  socket.setTimeout(0);
  const answered = await fulfil(journal, request);
  if (socket.destroyed) return false;
  socket.setTimeout(timeout ?? 0);
  socket.write(`${JSON.stringify(answered)}\n`);
  return true;
}

/** What else it sends is not read. */
function end(socket: Socket): void {
  socket.end(`${JSON.stringify(NOT_A_REQUEST)}\n`, () => socket.destroy());
}

async function fulfil(journal: ControlledJournal, request: ControlRequest): Promise<ControlAnswer> {
  try {
    switch (request.request) {
      case "reading": {
        const note = { type: "journal", what: "read", ...request.reading } as const;
        return (await journal.record(Date.now(), note)) ? { ok: true } : unrecorded("record the reading");
      }
      case "erase": {
        const { user, order } = request;
        if (!isEraseOrdered(order, { user, verifier: journal.verifier, now: Date.now() })) return NOT_ORDERED;
        const keys = await journal.erase(user);
        return keys === null ? unrecorded("erase") : { ok: true, keys };
      }
      case "keys":
        return await journal.takeKeys(Buffer.from(request.handover, "base64"), request.change);
      default:
        return request satisfies never;
    }
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

function unrecorded(what: string): ControlAnswer {
  return { ok: false, problem: `the journal could not ${what}` };
}
