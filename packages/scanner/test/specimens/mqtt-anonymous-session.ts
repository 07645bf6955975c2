import type { Specimen } from "../specimen.ts";
import { startMqtt } from "../start-mqtt.ts";

/** What mqtt-anonymous-session is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "aedes as it comes": { start: () => startMqtt() },
  },
  clean: {
    "aedes that asks for a name": {
      start: () => startMqtt({ authenticate: (_, name, __, done) => done(null, name === "ada") }),
    },
  },
};
