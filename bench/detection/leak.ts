import { renderLeakDetection } from "./leak-detection.ts";
import type { DetectorTable } from "./detector-table.ts";

const CORPUS =
  "Corpus: `packages/sallyport/test/corpus/leak`, frozen before the detectors were written, and made when it loads, so that no secret stands in a file. Every default detector looks at each message.";

/** What the detectors of `leak` find. */
export const leakTable: DetectorTable = {
  name: "leak",
  render: () => Promise.resolve(`${CORPUS}\n\n${renderLeakDetection()}`),
};
