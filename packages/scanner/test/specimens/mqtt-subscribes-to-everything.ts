import type { Specimen } from "../specimen.ts";
import { startMqtt } from "../start-mqtt.ts";

/** What mqtt-subscribes-to-everything is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "aedes as it comes": { start: () => startMqtt() },
  },
  clean: {
    "aedes that grants each client its own": {
      start: () =>
        startMqtt({
          authorizeSubscribe: (_, subscription, done) =>
            done(null, subscription.topic === "#" ? null : subscription),
        }),
    },
  },
};
