/** A stream that may be a terminal. */
interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Values of `FORCE_COLOR` that ask for colours, as Node understands them (`tty.WriteStream.getColorDepth`). */
const FORCED: ReadonlySet<string> = new Set(["", "1", "true", "2", "3"]);

/**
 * Whether streams are written in colour: where all of them are terminals that know colours, and not when `NO_COLOR` is set and not
 * empty (no-color.org). `FORCE_COLOR` decides where it is set, whatever else is.
 */
export function wantsColour(streams: readonly MaybeTerminal[], env: Environment = process.env): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: never = "", TERM: terminal } = env;
  if (forced !== undefined) return FORCED.has(forced);
  return never === "" && terminal !== "dumb" && streams.every(({ isTTY }) => isTTY === true);
}
