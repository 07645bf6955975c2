import type { JudgedTrial, SocketProof } from "../../browser/browser-evidence.ts";
import { notTested, type Outcome, passed, type Sighting } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";

/** What a browser's trial comes to for a check. */
export function outcomeOf(
  { settings: { browser } }: CheckContext,
  choose: (proof: SocketProof) => JudgedTrial,
  sightingOf: (proof: SocketProof) => Pick<Sighting, "detail" | "evidence">,
): Outcome {
  if (browser === null) return notTested("the browser did not open this socket");
  const { kind, words } = choose(browser).verdict;
  if (kind === "safe") return passed(words);
  if (kind === "unknown") return notTested(words);
  return {
    kind: "found",
    sightings: [
      // Without a login it is whatever the page makes of a visitor that was used.
      { ...sightingOf(browser), confidence: browser.isLoggedIn ? "certain" : "firm" },
    ],
  };
}
