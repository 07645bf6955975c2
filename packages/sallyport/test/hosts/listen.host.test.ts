import { describeHost } from "./host-suite.ts";

describeHost({
  host: "listen",
  identityOnRequest: true,
  leavesOtherPaths: true,
  asksByHttp: false,
  bringsPings: false,
  negotiatesWithApplication: false,
  keepsItsOwnQueue: false,
  answersWhileDraining: true,
});
