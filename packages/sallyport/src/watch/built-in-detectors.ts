import { credentialStuffing } from "./credential-stuffing.ts";
import type { DetectorDefinition, DetectorOptions } from "./detector.ts";
import { handshakeScan } from "./handshake-scan.ts";

/** Every detector, in the order of the documents. */
export const builtInDetectors: readonly DetectorDefinition<DetectorOptions>[] = [
  handshakeScan,
  credentialStuffing,
];
