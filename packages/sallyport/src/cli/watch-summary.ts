import type { WatchOptions } from "../watch/watch-options.ts";

/** The watch as one line of `sallyport check`: what is done about findings. */
export function describeWatch(watch: WatchOptions | null): string {
  if (watch === null) return "watch off\n";
  const on: string[] = [];
  const off: string[] = [];
  let others = 0;
  for (const [name, given] of Object.entries(watch.detectors)) {
    if (given === "off" || given === false) off.push(name);
    else if (given.answer === "alert") others += 1;
    else on.push(`${name}: ${given.answer}`);
  }
  const { mode, rules, allow, allowUsers } = watch;
  const parts = [
    [...on, `${others} detectors: alert`].join(", "),
    ...(off.length === 0 ? [] : [`off: ${off.join(", ")}`]),
    ...(rules.length === 0
      ? []
      : [`rules: ${rules.map(({ name, answer }) => `${name} (${answer})`).join(", ")}`]),
    ...(allow.length + allowUsers.length === 0
      ? []
      : [`left alone: ${[...allow, ...allowUsers].join(", ")}`]),
  ];
  return `watch ${mode}  ${parts.join("  ")}\n`;
}
