import { describe, expect, it } from "vitest";
import type { Guard } from "../guards/guard.ts";
import type { Extension } from "../protocol/extensions.ts";
import type { DeflateSide } from "../protocol/permessage-deflate.ts";
import { InflateTurns } from "../protocol/inflate-turns.ts";
import { CompressionWindows, MAX_WINDOW_BYTES, offerCompression, openCompression } from "./compression.ts";

const offer: Extension = { name: "permessage-deflate", params: [] };
const large: DeflateSide = { windowBits: 15, takeover: true };
const both = { client: large, server: large };

function route(guards: readonly Guard[] = [], compression: "off" | "inspect" = "inspect") {
  return { compression, guards };
}

function rewriting(rewrites: Guard["rewrites"], mode: Guard["mode"] = "enforce"): Guard {
  return { name: "messageToken", mode, ...(rewrites !== undefined && { rewrites }) };
}

/** Windows of which all is reserved. */
function full(): CompressionWindows {
  const windows = new CompressionWindows();
  while (windows.hasRoom) windows.reserve(both);
  return windows;
}

function pins(rewrites: Guard["rewrites"]): unknown {
  return offerCompression(route([rewriting(rewrites)]), [offer], new CompressionWindows()).pins;
}

describe("offerCompression", () => {
  it("offers nothing on a route that does not inspect", () => {
    expect(offerCompression(route([], "off"), [offer], new CompressionWindows()).offers).toEqual([]);
  });

  it("offers what the client does, and pins no side where no guard rewrites", () => {
    const guards = [
      rewriting(undefined),
      rewriting({ inbound: false }),
      rewriting({ outbound: true }, "observe"),
    ];
    expect(offerCompression(route(guards), [offer], new CompressionWindows())).toEqual({
      offers: [offer],
      pins: { client: false, server: false },
    });
  });

  it("pins the side whose messages a guard may drop or replace", () => {
    expect(pins({ inbound: true })).toEqual({ client: true, server: false });
    expect(pins({ outbound: true })).toEqual({ client: false, server: true });
  });

  it("pins both sides where the windows of all connections would take too much", () => {
    expect(offerCompression(route(), [offer], full())).toMatchObject({
      pins: { client: true, server: true },
    });
  });
});

describe("CompressionWindows", () => {
  it("reserves the window of each side that keeps one, until the connection is over", () => {
    const windows = new CompressionWindows();
    const release = windows.reserve({
      client: { windowBits: 10, takeover: true },
      server: { windowBits: 15, takeover: false },
    });
    expect(windows.bytes).toBe(1024);
    const other = windows.reserve(both);
    expect(windows.bytes).toBe(1024 + 65_536);
    release();
    other();
    expect(windows.bytes).toBe(0);
  });

  it("has room for 4,096 connections with the largest windows", () => {
    expect(full().bytes).toBe(MAX_WINDOW_BYTES);
    expect(MAX_WINDOW_BYTES / 65_536).toBe(4096);
  });
});

describe("openCompression", () => {
  it("says what is in force in the words of the answer, and inflates each side as it was negotiated", () => {
    const turns = new InflateTurns(() => undefined);
    const { extension, inflaters } = openCompression(
      {
        client: large,
        server: { windowBits: 9, takeover: false },
        extension: { name: "permessage-deflate", params: [{ name: "server_max_window_bits", value: "9" }] },
      },
      turns,
    );
    expect([inflaters.client.turns, inflaters.application.turns]).toEqual([turns, turns]);
    expect(extension).toBe("permessage-deflate; server_max_window_bits=9");
    expect([inflaters.client.takeover, inflaters.application.takeover]).toEqual([true, false]);
  });
});
