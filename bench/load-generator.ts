import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, findProgram, startChild } from "./child.ts";

/** What the generator says. */
type Answer =
  | { readonly event: "listening"; readonly port: number; readonly tls: boolean }
  | { readonly event: "ready" | "closed" }
  | { readonly event: "done"; readonly messages: number; readonly seconds: number }
  | { readonly event: "failed"; readonly reason: string };

/** The measured part of a run. */
export interface Measured {
  readonly messages: number;
  readonly seconds: number;
}

/** What the generator sends with each handshake. */
export interface GeneratorOptions {
  /** Where the compiled program goes. */
  readonly directory: string;
  readonly origin: string;
  /** A file with a bearer token on each line; each handshake takes the next. */
  readonly tokensFile: string;
}

/** Longest time for the warm-up, and for the measured part. */
const PATIENCE_MS = 120_000;

/** Clients and echo backend: `load.c`, compiled and running. */
export class LoadGenerator {
  /** Where the echo backend listens. */
  readonly backendPort: number;
  /** Whether it was built with TLS. */
  readonly tls: boolean;
  readonly #child: Child;
  readonly #answers: Answers;

  private constructor(child: Child, answers: Answers, { port, tls }: { port: number; tls: boolean }) {
    this.#child = child;
    this.#answers = answers;
    this.backendPort = port;
    this.tls = tls;
  }

  /** Compiles and starts it. Rejects, saying what to install, where there is no C compiler. */
  static async start({ directory, origin, tokensFile }: GeneratorOptions): Promise<LoadGenerator> {
    const program = compile(directory);
    const child = startChild([program, "--header", `Origin: ${origin}`, "--tokens", tokensFile], "generator");
    const answers = new Answers(child);
    const first = await answers.next();
    if (first.event !== "listening") throw new Error(`the load generator said ${JSON.stringify(first)}`);
    return new LoadGenerator(child, answers, first);
  }

  /** Opens and warms what the command asks for. Rejects at the first fault. Afterwards: `measure`, then `close`. */
  async open(command: string): Promise<void> {
    this.#child.write(command);
    await this.#expect("ready");
  }

  /** The measured part: from the first message that is sent to the last that comes back. */
  async measure(): Promise<Measured> {
    this.#child.write("go");
    const answer = await this.#expect("done");
    if (answer.event !== "done") throw new Error("unreachable");
    return answer;
  }

  /** Ends all connections of the run, and waits until the target has let go of the backend. */
  async close(): Promise<void> {
    this.#child.write("close");
    await this.#expect("closed");
  }

  /** Ends the process. */
  stop(): Promise<void> {
    return this.#child.stop();
  }

  async #expect(event: Answer["event"]): Promise<Answer> {
    for (;;) {
      const answer = await this.#answers.next();
      if (answer.event === event) return answer;
      // A fault that came while the run was being closed is the end of a run that failed already.
      if (answer.event === "failed" && event === "closed") continue;
      throw new Error(answer.event === "failed" ? answer.reason : `unexpected ${JSON.stringify(answer)}`);
    }
  }
}

/** The generator's answers, in order. */
class Answers {
  readonly #queue: Answer[] = [];
  #waiting: ((answer: Answer) => void) | null = null;

  constructor(child: Child) {
    child.lines.on("line", (line) => {
      const answer: Answer = JSON.parse(line);
      if (this.#waiting === null) this.#queue.push(answer);
      else this.#waiting(answer);
      this.#waiting = null;
    });
  }

  next(): Promise<Answer> {
    const queued = this.#queue.shift();
    if (queued !== undefined) return Promise.resolve(queued);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = null;
        resolve({ event: "failed", reason: `nothing for ${PATIENCE_MS / 1000} s` });
      }, PATIENCE_MS);
      this.#waiting = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
    });
  }
}

function compile(directory: string): string {
  const compiler = ["cc", "gcc", "clang"].find((name) => findProgram(name) !== null);
  if (compiler === undefined)
    throw new Error(
      "the load generator is a C file: install a C compiler (Debian: apt-get install gcc libc6-dev)",
    );
  const source = fileURLToPath(new URL("load.c", import.meta.url));
  const program = join(directory, "load");
  const basic = ["-O2", "-o", program, source];
  try {
    execFileSync(compiler, [...basic, "-DWITH_TLS", "-lssl", "-lcrypto"], { stdio: "ignore" });
  } catch {
    execFileSync(compiler, basic, { stdio: "inherit" });
  }
  return program;
}
