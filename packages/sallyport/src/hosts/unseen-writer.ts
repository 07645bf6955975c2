import { lstatSync } from "node:fs";
import { connect } from "node:net";
import { writerOf } from "../journal/writer-lock.ts";
import { controlPlace } from "./control-place.ts";

/** So long it is waited for an answer, milliseconds: a socket of this machine answers at once, or nobody listens. */
const ANSWER_WITHIN_MS = 1000;

/**
 * Why a journal is not to be opened, though no process that is seen from here writes it: somebody answers at its control socket. Two
 * containers with one volume do not see each other's processes, and have the same numbers for them. `null`: nobody does.
 */
export async function findUnseenWriter(directory: string): Promise<string | null> {
  let path: string;
  try {
    ({ path } = controlPlace(directory));
    const isSocket = lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
    // Who is seen is told by the lock.
    if (!isSocket || writerOf(directory) !== null) return null;
  } catch {
    // There is no journal yet, or opening it tells what is wrong.
    return null;
  }
  if (!(await isAnswered(path))) return null;
  return `a process that cannot be seen from here, such as one in another container, answers at ${path}: it writes this journal; end it, or give this one a directory of its own`;
}

function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path, () => resolve(true));
  socket.setTimeout(ANSWER_WITHIN_MS, () => resolve(false));
  socket.on("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
