import type { Specimen } from "../specimen.ts";
import { startMqtt } from "../start-mqtt.ts";

const settings = { credentials: [["Authorization", "Bearer of-the-user"]] as const };

/** What mqtt-anonymous-session is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "aedes as it comes": { start: () => startMqtt() },
    "aedes as it comes, and a handshake that needs no credentials": { start: () => startMqtt(), settings },
  },
  clean: {
    "aedes behind a handshake that asks for a token": {
      start: () => startMqtt({}, settings.credentials[0][1]),
      settings,
    },
    "aedes that asks for a name": {
      start: () => startMqtt({ authenticate: (_, name, __, done) => done(null, name === "ada") }),
    },
  },
};
