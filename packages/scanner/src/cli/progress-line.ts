import type { Progress } from "../run-scan.ts";
import type { Terminal } from "./terminal.ts";

/** Shows on a terminal how far the scan is, on one line that is written over. Nothing, where nobody watches. */
export function progressLine({ isWatched, err }: Terminal): (progress: Progress | "over") => void {
  if (!isWatched) return () => undefined;
  let found = 0;
  return (progress) => {
    if (progress === "over") return err("\r\u001b[K");
    switch (progress.kind) {
      case "control":
        return err(
          `\r\u001b[K${progress.control.isUsable ? "a normal connection is admitted" : "no normal connection"}`,
        );
      case "begun":
        return undefined;
      case "done":
        if (progress.outcome.kind === "found") found += 1;
        return err(
          `\r\u001b[K${progress.done} of ${progress.of} checks, ${found} found: ${progress.check.id}`,
        );
    }
  };
}
