import { describeHost } from "./host-suite.ts";

describeHost({
  host: "attach",
  identityOnRequest: true,
  leavesOtherPaths: true,
  asksByHttp: true,
  bringsPings: true,
  negotiatesWithApplication: true,
  keepsItsOwnQueue: true,
  answersWhileDraining: true,
});
