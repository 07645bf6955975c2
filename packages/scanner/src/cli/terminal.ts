/** What the command may see and write of the process it runs in. */
export interface Terminal {
  /** The report, on standard output. */
  readonly out: (text: string) => void;
  /** Problems and progress, on standard error. */
  readonly err: (text: string) => void;
  /** Standard output shows colours. */
  readonly colour: boolean;
  /** Standard error is a terminal, on which a line may be written over. */
  readonly isWatched: boolean;
}

/** What a command runs in, and as which version. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly version: string;
}

/** Exit codes, which other tools depend on. */
export const exitCodes = { done: 0, found: 1, usage: 2, unreachable: 3 } as const;

/** Lets a reader go who has seen enough, such as `head`: that ends nothing. Any other error is thrown. */
function letReadersGo(stream: NodeJS.WritableStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** The terminal of this process. `NO_COLOR` and `FORCE_COLOR` are followed. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  letReadersGo(stdout);
  const forced = env["FORCE_COLOR"];
  const isPlain = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    colour: forced === undefined ? stdout.isTTY && !isPlain : ["", "1", "true", "2", "3"].includes(forced),
    isWatched: stderr.isTTY,
  };
}
