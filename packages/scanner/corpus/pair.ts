/** What a scan says of a version: the flaw is there, it is not, or it could not be told. */
export const verdicts = ["found", "clean", "not tested"] as const;

/** One of them. */
export type Verdict = (typeof verdicts)[number];

/** Another line of releases of the same package that had the same flaw. */
export type CorpusBranch = Pick<CorpusPair, "vulnerable" | "fixed"> &
  Partial<Pick<CorpusPair, "beside" | "path">>;

/** A package that had a flaw in one version, and has it no more in another. */
export interface CorpusPair {
  /** In kebab-case, like its file. */
  readonly name: string;
  readonly advisory: string;
  readonly package: string;
  readonly vulnerable: string;
  readonly fixed: string;
  /** Other lines of releases that had it, each a pair of its own: its name ends in the major number. */
  readonly branches?: readonly CorpusBranch[];
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
  /** The major version of Node that it needs, where that is not the one that scans; without one it is started on that. */
  readonly node?: number;
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** Path and query of the endpoint. Default: `/`. */
  readonly path?: string;
  readonly subprotocols?: readonly string[];
  readonly origin?: string;
  readonly isDestructive?: boolean;
}
