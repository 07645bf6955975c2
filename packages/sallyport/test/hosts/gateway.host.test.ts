import { describeHost } from "./host-suite.ts";

describeHost({
  host: "gateway",
  identityOnRequest: false,
  leavesOtherPaths: false,
  answersWhileDraining: false,
});
