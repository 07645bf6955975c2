import { createHash } from "node:crypto";

/** A script that the engine runs as one step: nothing else happens there meanwhile. */
export interface RedisScript {
  /** For problems; part of no key. */
  readonly name: string;
  readonly text: string;
  /** By which the engine knows it once it has seen it. */
  readonly sha1: string;
}

/** A script (Lua 5.1). All keys that it touches are passed to it, and share their tag. */
export function redisScript(name: string, text: string): RedisScript {
  return { name, text, sha1: createHash("sha1").update(text).digest("hex") };
}

/** Lua that asks the engine's clock: `time`, and `now` in milliseconds. */
export const ENGINE_CLOCK: string = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** Lua that asks which process of the engine answers: `server`, another one after each start; empty where that may not be asked. */
export const ENGINE_RUN: string = `local info = redis.pcall('INFO', 'server')
local server = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''`;
