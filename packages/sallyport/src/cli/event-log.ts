import { pino } from "pino";
import type { Emit, SallyportEvent } from "../events.ts";
import type { LogConfig } from "../policy/config.ts";
import { eventLine } from "./event-line.ts";

type Level = LogConfig["level"];

const RANKS: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/**
 * Writes events to standard error: one JSON object a line, or one readable line on a terminal. Nothing is written per
 * message that passes.
 */
export function createEventLog({ format, level }: LogConfig): Emit {
  const pretty = format === "pretty" || (format === "auto" && process.stderr.isTTY);
  return pretty ? prettyLog(level) : jsonLog(level);
}

function prettyLog(level: Level): Emit {
  const colour = process.stderr.isTTY && process.env["NO_COLOR"] === undefined;
  return (event) => {
    if (RANKS[levelOf(event)] < RANKS[level]) return;
    process.stderr.write(`${eventLine(event, new Date(), { colour })}\n`);
  };
}

function jsonLog(level: Level): Emit {
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return (event) => {
    // pino writes the level and the message itself.
    const { type, level: _level, message: _message, ...fields } = { level: null, message: null, ...event };
    log[levelOf(event)]({ event: type, ...fields }, messageOf(event));
  };
}

function levelOf(event: SallyportEvent): Level {
  if (event.type === "gate") return event.level;
  return event.type === "handshake" || event.type === "decision" ? "warn" : "info";
}

function messageOf(event: SallyportEvent): string {
  switch (event.type) {
    case "handshake":
      return event.verdict === "refuse" ? "handshake refused" : "handshake would have been refused";
    case "open":
      return "connection admitted";
    case "decision":
      return `decision: ${event.verdict}`;
    case "closed":
      return "connection closed";
    case "gate":
      return event.message;
    default:
      return event satisfies never;
  }
}
