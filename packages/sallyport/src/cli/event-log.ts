import type { Writable } from "node:stream";
import { pino } from "pino";
import type { Emit, SallyportEvent } from "../events.ts";
import type { LogConfig } from "../policy/config.ts";
import { eventLine } from "./event-line.ts";
import { createLogSink } from "./log-sink.ts";
import { wantsColour } from "./wants-colour.ts";

type Level = LogConfig["level"];

const RANKS: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** How the log is written, and by whom. */
export interface EventLogOptions extends LogConfig {
  /** The worker's number, which every line then holds; absent: there is one process. */
  readonly worker?: number;
}

/** A log that takes every event. */
export interface EventLog {
  readonly take: Emit;
  /** From now on events below this level are left out. */
  readonly setLevel: (level: Level) => void;
  /** Lines that whoever reads it did not take, so far. */
  readonly lost: () => number;
  /** Nothing more comes, and the process ends: see `LogSink.close`. */
  readonly close: () => void;
}

/**
 * Writes events to standard error: one JSON object a line, or one readable line on a terminal. Nothing is written per
 * message that passes, and nothing waits for who reads it: what does not fit is dropped, counted and told.
 */
export function createEventLog(
  { format, level: firstLevel, worker }: EventLogOptions,
  stream: Writable & { readonly isTTY?: boolean } = process.stderr,
): EventLog {
  const pretty = format === "pretty" || (format === "auto" && stream.isTTY === true);
  const lineOf = pretty ? prettyLines(wantsColour([stream]), worker) : jsonLines(worker);
  let level = firstLevel;
  const sink = createLogSink(stream, {
    lostLine: (lost) =>
      lineOf({
        type: "gate",
        level: "error",
        message: "log lines were lost",
        detail: `${lost}: whoever reads the log did not take them`,
      }),
    exit: () => process.exit(),
  });
  return {
    take(event) {
      if (RANKS[levelOf(event)] >= RANKS[level]) sink.write(lineOf(event));
    },
    setLevel: (next) => void (level = next),
    lost: () => sink.lost(),
    close: () => sink.close(),
  };
}

type Lines = (event: SallyportEvent) => string;

function prettyLines(colour: boolean, worker: number | undefined): Lines {
  const who = worker === undefined ? "" : `${worker} `;
  return (event) => `${who}${eventLine(event, new Date(), { colour })}\n`;
}

/** pino makes the line, whatever its level, and hands it over in the same call. */
function jsonLines(worker: number | undefined): Lines {
  let line = "";
  const log = pino(
    {
      level: "debug",
      base: worker === undefined ? null : { worker },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (made: string) => void (line = made) },
  );
  return (event) => {
    // pino writes the level and the message itself.
    const { type, level: _level, message: _message, ...fields } = { level: null, message: null, ...event };
    log[levelOf(event)]({ event: type, ...fields }, messageOf(event));
    return line;
  };
}

function levelOf(event: SallyportEvent): Level {
  if (event.type === "gate") return event.level;
  if (event.type === "admin") return event.status < 400 ? "info" : "warn";
  if (event.type === "finding") return event.severity === "low" ? "info" : "warn";
  return event.type === "handshake" || event.type === "decision" ? "warn" : "info";
}

function messageOf(event: SallyportEvent): string {
  switch (event.type) {
    case "handshake":
      return event.verdict === "refuse" ? "handshake refused" : "handshake would have been refused";
    case "open":
      return "connection admitted";
    case "refresh":
      return "identity refreshed";
    case "decision":
      return `decision: ${event.verdict}`;
    case "closed":
      return "connection closed";
    case "admin":
      return event.status < 400 ? "admin call" : "admin call refused";
    case "finding":
      return `noticed: ${event.detector}`;
    case "gate":
      return event.message;
    default:
      return event satisfies never;
  }
}
