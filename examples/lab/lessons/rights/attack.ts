// ann is a customer like any other. She asks for everybody's parcels.
import { connect } from "mqtt";

import type { Attempt } from "../../attempt.ts";
import { annsCookie } from "./depot.ts";

/** Reads the parcels of others. */
export async function attack({ url, origin, say }: Attempt): Promise<boolean> {
  const client = connect(url, {
    wsOptions: { headers: { Cookie: annsCookie }, origin },
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  try {
    return await new Promise((done) => {
      client.on("connect", () => {
        say("< connected as ann. > SUBSCRIBE parcels/#");
        client.subscribe("parcels/#", (error, granted) => {
          if (error === null && (granted?.[0]?.qos ?? 128) < 128) return;
          say("< SUBACK: refused");
          done(false);
        });
      });
      client.on("message", (topic, payload) => {
        say(`< ${topic}: ${payload.toString()}`);
        if (!topic.startsWith("parcels/ann/")) done(true);
      });
      client.on("error", () => undefined);
      client.on("close", () => {
        say("< the connection was ended");
        done(false);
      });
    });
  } finally {
    client.end(true);
  }
}
