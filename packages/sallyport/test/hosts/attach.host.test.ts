import { describeHost } from "./host-suite.ts";

describeHost({
  host: "attach",
  identityOnRequest: true,
  leavesOtherPaths: true,
  answersWhileDraining: true,
});
