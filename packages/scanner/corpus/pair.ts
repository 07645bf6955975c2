/** A package that had a flaw in one version, and has it no more in another. */
export interface CorpusPair {
  /** In kebab-case, like its file. */
  readonly name: string;
  readonly advisory: string;
  readonly package: string;
  readonly vulnerable: string;
  readonly fixed: string;
  /** Other packages that the server needs, with exact versions. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Packages that are held at a version below others, such as a parser; the tested version goes there where it is named here as `tested`. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** The id of the check that must report the one and not the other. */
  readonly check: string;
  /** A program in CommonJS that listens on `process.env.PORT` of 127.0.0.1 and prints `ready`; of a client, one that connects to the URL in its first argument. */
  readonly server: string;
  /** Files that it needs beside itself. */
  readonly files?: Readonly<Record<string, string>>;
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** Path and query of the endpoint. Default: `/`. */
  readonly path?: string;
  readonly subprotocols?: readonly string[];
  readonly origin?: string;
  readonly isDestructive?: boolean;
}
