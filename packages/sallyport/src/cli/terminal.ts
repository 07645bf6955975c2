import { styleText } from "node:util";
import { wantsColour } from "./wants-colour.ts";

/** What a command may see and write of the process it runs in. */
export interface Terminal {
  /** Results, on standard output. */
  readonly out: (text: string) => void;
  /** Problems and progress, on standard error. */
  readonly err: (text: string) => void;
  /** Colours, on a terminal only. */
  readonly colour: boolean;
  /** Characters of a line of standard output, where that is a terminal. */
  readonly columns?: number | undefined;
  /** What relative paths are relative to. */
  readonly directory: string;
  /**
   * Results that may be many: resolves when there is room for more, with `false` once nobody reads them any more. Default: all of
   * it goes to `out` at once.
   */
  readonly pour?: (text: string) => Promise<boolean>;
  /** Standard error is a terminal, on which a line may be written over. Default: it is not. */
  readonly isWatched?: boolean;
  /** Asks whoever sits at the terminal. Absent: nobody does. */
  readonly ask?: (question: string) => Promise<string>;
}

/** Exit codes, which other tools depend on. */
export const exitCodes = { done: 0, found: 1, usage: 2, unreachable: 3 } as const;

/** A style of `util.styleText` that commands use. */
export type Style = "bold" | "dim" | "green" | "red" | "yellow";

/** The text in a style, where the terminal shows colours. */
export function paint(terminal: Pick<Terminal, "colour">, style: Style, text: string): string {
  return terminal.colour ? styleText(style, text, { validateStream: false }) : text;
}

/** Lets a reader go who has seen enough, such as `head`: that ends nothing. Any other error is thrown. */
export function letReadersGo(stream: NodeJS.WritableStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** The terminal of this process. Colours: see `wantsColour`. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  letReadersGo(stdout);
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    colour: wantsColour([stdout, stderr]),
    columns: stdout.isTTY ? stdout.columns : undefined,
    directory: process.cwd(),
    pour: pourer(stdout),
    isWatched: stderr.isTTY,
    ...(process.stdin.isTTY && stderr.isTTY ? { ask } : {}),
  };
}

/** Writes to a stream whose reader may go, such as `head`: that ends nothing. */
function pourer(stream: NodeJS.WriteStream): (text: string) => Promise<boolean> {
  let isListening = false;
  return (text) => {
    // An error that nobody listens to would end the process.
    if (!isListening) stream.on("error", () => undefined);
    isListening = true;
    return new Promise((resolve) => {
      stream.write(text, (error) => resolve(error === null || error === undefined));
    });
  };
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
