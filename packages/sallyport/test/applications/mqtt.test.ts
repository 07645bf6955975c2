import type { MqttClient } from "mqtt";
import { describe, expect, it } from "vitest";
import { hostNames } from "../hosts/guarded-server.ts";
import { connectMqtt, guardBroker } from "./mqtt-application.ts";

function next(client: MqttClient): Promise<readonly [string, Buffer]> {
  return new Promise((resolve) => {
    client.once("message", (topic, payload) => resolve([topic, payload]));
  });
}

describe.each(hostNames)("an MQTT broker with its policy, through the host `%s`", (host) => {
  it("carries what is published in every quality of service, retained and large", async () => {
    const { guarded } = await guardBroker(host);
    const ada = await connectMqtt(guarded, await guarded.bearer("ada"));
    const ben = await connectMqtt(guarded, await guarded.bearer("ben"));
    await ben.subscribeAsync("users/ada/public/#", { qos: 2 });
    for (const qos of [0, 1, 2] as const) {
      const heard = next(ben);
      await ada.publishAsync("users/ada/public/mood", `grüße ${qos}`, { qos });
      expect((await heard)[1].toString()).toBe(`grüße ${qos}`);
    }
    const large = Buffer.alloc(200_000, 7);
    const heard = next(ben);
    await ada.publishAsync("users/ada/public/picture", large, { qos: 1, retain: true });
    expect((await heard)[1].equals(large)).toBe(true);
    await ben.unsubscribeAsync("users/ada/public/#");
    const retained = next(ben);
    await ben.subscribeAsync("users/ada/public/picture");
    expect((await retained)[1].equals(large)).toBe(true);
    await ada.endAsync();
    await guarded.seen("closed");
    expect(guarded.refusals()).toEqual([]);
  });
});
