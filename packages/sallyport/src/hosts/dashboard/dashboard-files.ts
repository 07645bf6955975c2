import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { hasCode } from "../../has-code.ts";

/** A file of the dashboard, as it is sent. */
export interface DashboardFile {
  readonly body: Buffer;
  /** The same, compressed; `null`: it does not get smaller. */
  readonly gzipped: Buffer | null;
  readonly contentType: string;
  /** Whether its name changes with what is in it, so that it may be kept for ever. */
  readonly isHashed: boolean;
}

// As deep below `dist` as below `src`.
const BUILT = new URL("../../../dashboard/", import.meta.url);
const INDEX = "index.html";
/** Names that the build gives: one folder at most, and no name begins with a dot, so that none leads out of the directory. */
const NAME = /^(?:assets\/)?[A-Za-z0-9_-][\w.-]{0,128}$/;
/** Some that Vite makes: `index-BX2k9d_1.js`. */
const HASHED = /^assets\/.*-[\w-]{8}\.[a-z0-9]+$/;
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ["html", "text/html; charset=utf-8"],
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["svg", "image/svg+xml"],
  ["png", "image/png"],
  ["ico", "image/x-icon"],
  ["woff2", "font/woff2"],
  ["webmanifest", "application/manifest+json"],
]);
const COMPRESSES = /^(?:text\/|image\/svg|application\/)/;

const compress = promisify(gzip);

/** The files that the build of the dashboard left in this package. Hashed ones are read and compressed once. */
export class DashboardFiles {
  readonly #directory: URL;
  readonly #kept = new Map<string, DashboardFile>();

  /** @param directory where the build is. Default: `dashboard` in this package */
  constructor(directory: URL = BUILT) {
    this.#directory = directory;
  }

  /**
   * The file for a path below `/dashboard/`; what has no dot in its last name is a view of the page, and so its index. `null`: there is none,
   * or the dashboard is not built.
   */
  async find(path: string): Promise<DashboardFile | null> {
    const isView = !(path.split("/").at(-1) ?? "").includes(".");
    const name = isView ? INDEX : path;
    if (!NAME.test(name)) return null;
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const file = await this.#read(name);
    // As many as the build made: nothing else is found.
    if (file?.isHashed === true) this.#kept.set(name, file);
    return file;
  }

  async #read(name: string): Promise<DashboardFile | null> {
    const contentType = CONTENT_TYPES.get(name.slice(name.lastIndexOf(".") + 1));
    if (contentType === undefined) return null;
    const body = await readFile(new URL(name, this.#directory)).catch((error: unknown) => {
      if (hasCode(error, "ENOENT") || hasCode(error, "EISDIR")) return null;
      throw error;
    });
    if (body === null) return null;
    const gzipped = COMPRESSES.test(contentType) ? await compress(body) : null;
    return {
      body,
      gzipped: gzipped !== null && gzipped.length < body.length ? gzipped : null,
      contentType,
      isHashed: HASHED.test(name),
    };
  }
}
