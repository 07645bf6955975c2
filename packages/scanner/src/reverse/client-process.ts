/** How a client's process ended. */
export interface ClientEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** What it wrote has the form of an error that nobody caught. */
  readonly isUncaught: boolean;
}

/** A client that was started for one connection. */
export interface ClientProcess {
  /** Null while it runs. */
  readonly end: ClientEnd | null;
  /** The last lines that it wrote. */
  readonly written: string;
  /** True when it has ended, at once or within the time. */
  readonly waitForEnd: (withinMs: number) => Promise<boolean>;
  /** Memory that it holds; null where it cannot be told. */
  readonly memoryBytes: () => Promise<number | null>;
  /** Ends it and what it started; resolves when it is gone. */
  readonly stop: () => Promise<void>;
}

/** Starts a client that connects to a URL. */
export type StartClient = (url: string) => ClientProcess;

/** Lines that runtimes write when nobody catches an error: Node, Deno, Bun, Python, Go, Rust, Java, .NET, Ruby, and the shell for signals. */
const UNCAUGHT =
  /uncaught|unhandled|^Traceback \(most recent call last\)|^(fatal error|panic): |panicked at|^Exception in thread|segmentation fault|^\s+at .+:\d+:\d+\)?$|^Node\.js v\d/im;

/** Whether what a process wrote has the form of an error that nobody caught. */
export function looksUncaught(written: string): boolean {
  return UNCAUGHT.test(written);
}

/** The end in words. */
export function describeEnd({ code, signal, isUncaught }: ClientEnd): string {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return `${how}${isUncaught ? " and an error that nobody caught" : ""}`;
}

/** Whether a process ended as one does that failed, and not as this client does whenever its connection is lost. */
export function isCrash(end: ClientEnd, usual: ClientEnd | null): boolean {
  if (end.code === 0) return false;
  return (
    usual === null ||
    end.code !== usual.code ||
    end.signal !== usual.signal ||
    (end.isUncaught && !usual.isUncaught)
  );
}
