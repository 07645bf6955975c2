import { renderLeakDetection } from "../detection-leak.ts";
import type { DetectorTable } from "./detector-table.ts";

/** What the detectors of `leak` find. */
export const leakTable: DetectorTable = {
  name: "leak",
  render: () => Promise.resolve(renderLeakDetection()),
};
