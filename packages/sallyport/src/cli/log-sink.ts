import type { Writable } from "node:stream";

/** Where log lines go: never waited for. */
export interface LogSink {
  /** Takes a line with its end. One that does not fit any more is dropped and counted. */
  write(line: string): void;
  /** How many were dropped so far. */
  lost(): number;
  /**
   * Called when nothing more is logged and the process is about to end: gives whoever reads the log a second for what
   * waits. A reader that does not read keeps the process no longer.
   */
  close(): void;
}

/** What a sink is made of. */
export interface LogSinkOptions {
  /** Bytes that may wait for the reader. Default 1 MiB: some 3,000 lines. */
  readonly maxWaitingBytes?: number;
  /** The line that says how many were lost, once the reader reads again. */
  readonly lostLine: (lost: number) => string;
  /** Ends the process, with its exit code, when the reader took nothing for a second. */
  readonly exit: () => void;
}

const MAX_WAITING_BYTES = 1024 * 1024;
const LAST_LINES_WITHIN_MS = 1000;

/**
 * Makes a sink of a stream such as standard error. A pipe that nobody reads, or a disk that is full, costs log lines and
 * nothing else: the gate neither waits for it nor ends because of it.
 */
export function createLogSink(stream: Writable, options: LogSinkOptions): LogSink {
  const { maxWaitingBytes = MAX_WAITING_BYTES, lostLine, exit } = options;
  /** Not told yet. */
  let lost = 0;
  let told = 0;
  const onWritten = (error: Error | null | undefined): void => {
    if (error) lost += 1;
  };
  const put = (line: string): void => void stream.write(line, onWritten);
  // Said in the line that follows; without a listener it would end the process.
  stream.on("error", () => {});
  return {
    write(line) {
      if (stream.writableLength + line.length > maxWaitingBytes) {
        lost += 1;
        return;
      }
      if (lost > 0 && stream.writableLength === 0) {
        const count = lost;
        lost = 0;
        told += count;
        put(lostLine(count));
      }
      put(line);
    },
    lost: () => told + lost,
    close() {
      if (stream.writableLength > 0) setTimeout(exit, LAST_LINES_WITHIN_MS).unref();
    },
  };
}
