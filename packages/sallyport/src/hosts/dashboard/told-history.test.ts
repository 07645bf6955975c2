import { describe, expect, it } from "vitest";
import type { GateSample } from "./live-message.ts";
import { ToldHistory } from "./told-history.ts";

/** A page, and what it was told. */
function page(): { readonly told: unknown[]; send(text: string | Uint8Array): Promise<void> } {
  const told: unknown[] = [];
  return { told, send: async (text) => void told.push(text) };
}

/** A sample of which nothing counts but how often it is written. */
function sample(at: number): { readonly sample: GateSample; written: number } {
  const counted = { written: 0 };
  const toJSON = (): object => ({ at: (counted.written += 1) && at });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.assign(counted, { sample: { at, toJSON } as unknown as GateSample });
}

describe("ToldHistory", () => {
  it("writes a history once for all, and tells each page once (CWE-400)", () => {
    const first = sample(1);
    const history = new ToldHistory(() => kept);
    let kept: readonly GateSample[] = [first.sample];
    const [one, other] = [page(), page()];
    for (let turn = 0; turn < 100; turn++) for (const each of [one, other]) history.tell(each);
    const told = '{"type":"history","samples":[{"at":1}]}';
    expect([one.told, other.told, first.written]).toEqual([[told], [told], 1]);
    kept = [...kept, sample(2).sample];
    for (let turn = 0; turn < 100; turn++) history.tell(one);
    expect(one.told).toEqual([told, '{"type":"history","samples":[{"at":1},{"at":2}]}']);
    expect(first.written).toBe(2);
  });
});
