import { credentialStuffing } from "./credential-stuffing.ts";
import type { DetectorDefinition, DetectorOptions } from "./detector.ts";
import { exfiltration } from "./exfiltration.ts";
import { fuzzing } from "./fuzzing.ts";
import { handshakeScan } from "./handshake-scan.ts";
import { newName } from "./new-name.ts";
import { originProbe } from "./origin-probe.ts";
import { replay } from "./replay.ts";
import { tokenSharing } from "./token-sharing.ts";
import { trafficAnomaly } from "./traffic-anomaly.ts";

/** Every detector, in the order of the documents. */
export const builtInDetectors: readonly DetectorDefinition<DetectorOptions>[] = [
  handshakeScan,
  credentialStuffing,
  originProbe,
  tokenSharing,
  replay,
  trafficAnomaly,
  exfiltration,
  fuzzing,
  newName,
];
