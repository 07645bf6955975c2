import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { lstatSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The name of the socket on which the writer of a journal is asked. */
export const CONTROL_SOCKET = "control.sock";

/** A socket's name has room for 104 bytes on some systems, its end included (`sun_path` in sys/un.h). */
const MAX_PATH_BYTES = 100;

/** Where the writer of a journal is asked. */
export interface ControlPlace {
  readonly path: string;
  /** Where that is not in the journal: a directory of its own, for the user alone who writes the journal. */
  readonly apart: string | null;
}

/**
 * Where the writer of a journal is asked: in its directory or, where the name of that is too long for a socket, in one below
 * the system's directory for temporary files. @throws where there is no such directory, or that name is too long as well
 */
export function controlPlace(directory: string, temporary: string = tmpdir()): ControlPlace {
  const real = realpathSync(directory);
  const inside = join(real, CONTROL_SOCKET);
  if (Buffer.byteLength(inside) <= MAX_PATH_BYTES) return { path: inside, apart: null };
  const apart = join(temporary, `sallyport-${hash("sha256", real).slice(0, 32)}`);
  const path = join(apart, CONTROL_SOCKET);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new RangeError(
      `${inside} is too long for a socket, and so is ${path}: give the journal a shorter path`,
    );
  return { path, apart };
}

/** Whether the directory apart is of who owns the journal: below a directory for everybody anybody may have made it. */
export function isTrusted({ apart }: ControlPlace, directory: string): boolean {
  if (apart === null) return true;
  const [found, journal] = [lstatSync(apart), statSync(directory)];
  return found.isDirectory() && found.uid === journal.uid && (found.mode & 0o077) === 0;
}
