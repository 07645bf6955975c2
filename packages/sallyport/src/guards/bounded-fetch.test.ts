import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { boundedFetch, describeFailure, FETCH_TIMEOUT_MS } from "./bounded-fetch.ts";

const url = "https://id.example.com/x";
const request = { url, headers: { accept: "application/json" }, maxBytes: 10 };
type Fetch = typeof globalThis.fetch;

const answering = (response: Response): Fetch => vi.fn<Fetch>().mockResolvedValue(response);

/** Never answers; fails when it is given up. */
const silent: Fetch = (_url, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
  });

describe("boundedFetch", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("answers with status and text, and follows no redirect", async () => {
    const fetch = answering(new Response("0123456789"));
    expect(await boundedFetch(fetch, request)).toEqual({ status: 200, text: "0123456789" });
    expect(fetch).toHaveBeenCalledWith(url, expect.objectContaining({ redirect: "manual" }));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("reads what a 400 says, and of other answers nothing", async () => {
    expect(await boundedFetch(answering(new Response("{}", { status: 400 })), request)).toEqual({
      status: 400,
      text: "{}",
    });
    for (const status of [204, 302, 401, 500])
      expect(
        await boundedFetch(answering(new Response(status === 204 ? null : "text", { status })), request),
      ).toEqual({ status, text: "" });
  });

  it("takes an answer without a body as an empty one", async () => {
    expect(await boundedFetch(answering(new Response(null)), request)).toEqual({ status: 200, text: "" });
  });

  it("gives up an answer that is too large", async () => {
    await expect(boundedFetch(answering(new Response("01234567890")), request)).rejects.toThrow(
      "more than 10 bytes",
    );
  });

  it("gives up when it takes too long, by default and as told", async () => {
    const [asked] = await Promise.allSettled([
      boundedFetch(silent, request),
      vi.advanceTimersByTimeAsync(FETCH_TIMEOUT_MS),
    ]);
    expect(asked).toMatchObject({ reason: new Error(`did not answer in ${FETCH_TIMEOUT_MS} ms`) });
    const [quick] = await Promise.allSettled([
      boundedFetch(silent, { ...request, timeoutMs: 7 }),
      vi.advanceTimersByTimeAsync(7),
    ]);
    expect(quick).toMatchObject({ reason: new Error("did not answer in 7 ms") });
  });

  it("gives up when it is told to, before or after it began", async () => {
    const controller = new AbortController();
    const asked = boundedFetch(silent, { ...request, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    const fetch = answering(new Response("x"));
    await expect(boundedFetch(fetch, { ...request, signal: controller.signal })).rejects.toThrow("enough");
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("describeFailure", () => {
  it("tells the message, and that of the cause where there is one", () => {
    expect(describeFailure(new Error("a"))).toBe("a");
    expect(describeFailure(new Error("fetch failed", { cause: new Error("ECONNREFUSED") }))).toBe(
      "fetch failed: ECONNREFUSED",
    );
    expect(describeFailure("x")).toBe("x");
  });
});
