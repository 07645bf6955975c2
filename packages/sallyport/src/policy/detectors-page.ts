import { builtInDetectors } from "../watch/built-in-detectors.ts";

/** The page `docs/reference/detectors.md`: every detector of the watch. */
export function renderDetectorsPage(): string {
  const sections = builtInDetectors.map((detector) => {
    const { name, notices, falsePositives, forgery, references } = detector;
    const { severity, answer } = detector.options.parse({});
    return [
      `## ${name}`,
      notices,
      `**By default**: severity \`${severity}\`, answer \`${answer}\`. **References**: ${references.join(", ")}.`,
      `**When nothing is wrong**: ${falsePositives}`,
      `**What can be forged**: ${forgery}`,
    ].join("\n\n");
  });
  return `${[
    "<!-- Generated from the source by `npm run docs`: edit the detectors, not this page. -->",
    "# Detectors of the watch",
    "What the watch notices by itself. Each detector is on, and is configured or turned `off` under its name in `watch.detectors`; " +
      "[Configuration](configuration.md) has every option with its default. A finding says in one sentence, with its numbers, what was noticed.",
    "Common to all: an IPv6 /64 counts as one address. Limits hold for a minute, an hour and a day, so that whoever stays below one is met by the next. " +
      "What compares with the past of a route says nothing until the route is learnt (`watch.learn`), and the state of the watch says which is. " +
      "The past is kept in memory: after a restart it is learnt anew. An address comes from the socket, or from a header that a trusted proxy wrote, as everywhere in the gate.",
    "Each table of a detector tells so many keys apart (`watch.keys`); beyond that, keys share a sketch of fixed size, from which one that comes back is told apart again.",
    ...sections,
  ].join("\n\n")}\n`;
}
