import { beforeEach, describe, expect, it, vi } from "vitest";
import { parseHeartbeat, watchPeer } from "./heartbeat.ts";
import type { Heartbeat } from "./socket-options.ts";

const ping: Heartbeat = { intervalMs: 5000, timeoutMs: 2000, message: "ping" };

function watched(heartbeat: Heartbeat) {
  const peer = {
    signal: new AbortController().signal,
    send: vi.fn<(message: string) => void>(),
    lost: vi.fn<() => void>(),
  };
  return { ...peer, watch: watchPeer(heartbeat, peer) };
}

describe("watchPeer", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => void vi.useRealTimers();
  });

  it("asks after a silence, and gives up a peer that does not answer in time", () => {
    const { send, lost } = watched(ping);
    vi.advanceTimersByTime(4999);
    expect(send).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(send.mock.calls).toEqual([["ping"]]);
    vi.advanceTimersByTime(1999);
    expect(lost).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it("asks nobody who speaks, and again whoever has answered", () => {
    const { send, lost, watch } = watched(ping);
    vi.advanceTimersByTime(4000);
    watch.heard();
    vi.advanceTimersByTime(4000);
    expect(send).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(send).toHaveBeenCalledTimes(1);
    watch.heard();
    vi.advanceTimersByTime(6000);
    expect(send).toHaveBeenCalledTimes(2);
    expect(lost).not.toHaveBeenCalled();
  });

  it("expects a peer to speak by itself, where there is nothing to ask it with", () => {
    const { send, lost } = watched({ intervalMs: 5000, timeoutMs: Number.NaN });
    vi.advanceTimersByTime(14_999);
    expect(lost).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(lost).toHaveBeenCalledTimes(1);
    expect(send).not.toHaveBeenCalled();
  });

  it("asks anew after a sleep instead of giving up: the answer may be there, unread", () => {
    const { send, lost, watch } = watched(ping);
    vi.advanceTimersByTime(5000);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(2000);
    expect(lost).not.toHaveBeenCalled();
    expect(send).toHaveBeenCalledTimes(2);
    watch.heard();
    vi.advanceTimersByTime(2000);
    expect(lost).not.toHaveBeenCalled();
  });

  it("asks at once when it is told to check, but not twice, nor whom it heard just now", () => {
    const { send, watch } = watched(ping);
    watch.check();
    expect(send).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1500);
    watch.check();
    watch.check();
    expect(send).toHaveBeenCalledTimes(1);
  });

  it("asks no more than once a second, whatever is announced", () => {
    const { send, watch } = watched({ ...ping, intervalMs: 0.001 });
    for (let step = 0; step < 100; step += 1) {
      vi.advanceTimersByTime(100);
      watch.heard();
    }
    expect(send.mock.calls.length).toBeLessThanOrEqual(10);
  });
});

describe("parseHeartbeat", () => {
  it("reads an announcement", () => {
    expect(parseHeartbeat(ping)).toEqual(ping);
  });

  it.each([undefined, null, 7, "30s", {}, [], { intervalMs: "often" }, { intervalMs: -1 }])(
    "reads none from %j",
    (value) => {
      expect(parseHeartbeat(value)).toBeNull();
    },
  );
});
