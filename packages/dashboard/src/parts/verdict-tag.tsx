import type { VNode } from "preact";

import type { Incident } from "../api/incident.ts";

const WORDS: Readonly<Record<Incident["verdict"], readonly [word: string, kind: string]>> = {
  refuse: ["refused", "tag-bad"],
  close: ["closed", "tag-bad"],
  drop: ["dropped", "tag-bad"],
  replace: ["changed", "tag-warn"],
  report: ["reported", "tag-warn"],
  observe: ["observed", ""],
  alert: ["alert", "tag-warn"],
};

/** What was decided, in a word. `observed`: it would have been refused, and passed. */
export function VerdictTag({ verdict, severity }: Pick<Incident, "verdict" | "severity">): VNode {
  const [word, kind] = WORDS[verdict];
  const isGrave = severity === "high" || severity === "critical";
  return <span class={`tag ${isGrave ? "tag-bad" : kind}`}>{severity ?? word}</span>;
}
