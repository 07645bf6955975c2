import { describeHost } from "./host-suite.ts";

describeHost({
  host: "gateway",
  identityOnRequest: false,
  leavesOtherPaths: false,
  asksByHttp: true,
  bringsPings: true,
  negotiatesWithApplication: true,
  keepsItsOwnQueue: true,
  answersWhileDraining: false,
});
