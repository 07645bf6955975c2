import { found, notApplicable, notTested, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy } from "./client-breach.ts";

/** Keys that are compared. That two of 16 random ones are alike happens once in 36 million tests. */
const FRAMES = 16;
const FEWEST = 4;

/** A masking key is used once, and nobody knows it before. */
export const clientRepeatsMaskingKeys: ClientCheck = {
  id: "client-repeats-masking-keys",
  group: "client",
  title: "The client's masking keys can be predicted",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Masking works where nobody knows the key before the message is decided. With a key that is always the same, zero, or counted up, whoever decides what the client sends decides the bytes on the wire, where an old proxy may take them for a request.",
  decides: `By the keys of ${FRAMES} frames that answer pings: two that are alike, one of zeros, or keys that are the same step apart.`,
  sends: `${FRAMES} pings, each after the answer to the one before`,
  remedy: clientRemedy("Take four bytes for each frame from a random source that cannot be predicted."),
  references: { cwe: [330, 338], rfc: ["RFC 6455 5.3", "RFC 6455 10.3"] },
  async run(context) {
    const visit = await context.accepted();
    for (let round = 0; round < FRAMES && !visit.probe.isClosed; round += 1)
      await visit.probe.ping(context.silenceMs);
    const keys = visit.probe.frames.flatMap(({ key, length }) =>
      key === undefined || length === 0 ? [] : [key.readUInt32BE(0)],
    );
    if (keys.length === 0 && visit.probe.frameCount > 0)
      return notApplicable("the client does not mask: see client-sends-unmasked-frames");
    if (keys.length < FEWEST) return notTested(`only ${keys.length} frames with a key came`);
    const fault = faultOf(keys);
    if (fault === null) return passed(`${keys.length} keys, all different`);
    return found({
      detail: `Of ${keys.length} masking keys ${fault}.`,
      evidence: [
        {
          about: "keys of frames that answer pings",
          lines: keys.slice(0, 8).map((key) => `< key ${key.toString(16).padStart(8, "0")}`),
        },
      ],
    });
  },
};

function faultOf(keys: readonly number[]): string | null {
  const different = new Set(keys).size;
  if (keys.every((key) => key === 0)) return "each is zero";
  if (different === 1) return "each is the same";
  if (different < keys.length) return `only ${different} are different`;
  if (keys.includes(0)) return "one is zero";
  const steps = new Set(keys.slice(1).map((key, at) => (key - (keys[at] ?? 0)) >>> 0));
  return steps.size === 1 ? "each is the same step behind the one before" : null;
}
