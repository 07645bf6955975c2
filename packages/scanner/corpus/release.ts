import type { CorpusPair } from "./pair.ts";

/** A package in its current release, as its README sets it up, or hardened as it says. */
export interface CurrentRelease extends Pick<
  CorpusPair,
  "name" | "package" | "beside" | "server" | "files" | "path" | "subprotocols"
> {
  /** A range of npm. Default: `latest`. */
  readonly version?: string;
  /** The checks above `info` that find something, and a careful reader agrees. Others are looked at: the check or this list is wrong. */
  readonly expected: readonly string[];
}
