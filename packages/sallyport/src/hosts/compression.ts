import type { Guard } from "../guards/guard.ts";
import type { Route } from "../policy/policy.ts";
import { serializeExtensions, type Extension } from "../protocol/extensions.ts";
import type { InflateTurns } from "../protocol/inflate-turns.ts";
import { Inflater } from "../protocol/inflater.ts";
import { deflateOffers, type Deflate, type DeflatePins } from "../protocol/permessage-deflate.ts";
import type { Inflaters } from "../session/lane-host.ts";

/** What of compression goes on to the application with an upgrade. */
export interface CompressionOffer {
  /** In order; empty: none is offered. */
  readonly offers: readonly Extension[];
  /** The sides that must begin each message afresh, whoever asked for it. */
  readonly pins: DeflatePins;
}

/** Compression in force on an open connection. */
export interface OpenCompression {
  /** As it was negotiated, in the words of the answer. */
  readonly extension: string;
  readonly inflaters: Inflaters;
}

/**
 * Bytes that the windows of all connections of a process may come to: 4,096 connections that keep two of the largest (32 KiB).
 */
export const MAX_WINDOW_BYTES: number = 256 * 1024 ** 2;

const LARGEST_WINDOWS = 2 * 2 ** 15;

/** Counts what the windows of all open connections may come to. */
export class CompressionWindows {
  #bytes = 0;

  /** Bytes that are reserved. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there is room for another connection with the largest windows. */
  get hasRoom(): boolean {
    return this.#bytes + LARGEST_WINDOWS <= MAX_WINDOW_BYTES;
  }

  /** Reserves what a connection may come to; call what it returns once, when the connection is over. */
  reserve({ client, server }: Pick<Deflate, "client" | "server">): () => void {
    const sides = [client, server].filter(({ takeover }) => takeover);
    const bytes = sides.reduce((sum, { windowBits }) => sum + 2 ** windowBits, 0);
    this.#bytes += bytes;
    return () => {
      this.#bytes -= bytes;
    };
  }
}

/**
 * What of a client's offers a route lets through to its application. Where guards may drop or replace messages of a direction,
 * and where the windows of all connections would take too much, each message must begin afresh.
 */
export function offerCompression(
  { compression, guards }: Pick<Route, "compression" | "guards">,
  offered: readonly Extension[],
  windows: CompressionWindows,
): CompressionOffer {
  const full = !windows.hasRoom;
  const pins = { client: full || rewrite(guards, "inbound"), server: full || rewrite(guards, "outbound") };
  return { offers: compression === "inspect" ? deflateOffers(offered, pins) : [], pins };
}

function rewrite(guards: readonly Guard[], direction: "inbound" | "outbound"): boolean {
  return guards.some(({ mode, rewrites }) => mode === "enforce" && rewrites?.[direction] === true);
}

/** What was negotiated, ready for a connection. @param turns what all connections share */
export function openCompression(
  { client, server, extension }: Deflate,
  turns: InflateTurns,
): OpenCompression {
  return {
    extension: serializeExtensions([extension]),
    inflaters: { client: new Inflater(client, turns), application: new Inflater(server, turns) },
  };
}
