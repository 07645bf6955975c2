import type { Remedy } from "../../check.ts";
import { FRAMES_ALWAYS } from "../policy-lines.ts";

/** How a server comes to follow the framing of RFC 6455: what it does in place of going on, in one sentence. */
export function frameRemedy(summary: string): Remedy {
  return {
    summary: `${summary} Libraries that follow RFC 6455 do so by themselves: bring yours up to date, or replace what was written by hand.`,
    ws: 'npm install ws@latest; socket.on("error", () => socket.terminate())',
    sallyport: FRAMES_ALWAYS,
  };
}
