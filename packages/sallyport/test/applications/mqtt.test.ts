import type { MqttClient } from "mqtt";
import { generate } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { hostsOfLibraries } from "../hosts/guarded-server.ts";
import { abuses, endingOf, unrefused } from "./guarded-application.ts";
import { connectMqtt, connectPacket, guardBroker, openConnected, openMqtt } from "./mqtt-application.ts";

function publish(topic: string, payload = "x"): Buffer {
  return generate({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false });
}

function subscribe(topics: readonly string[], messageId = 1): Buffer {
  const subscriptions = topics.map((topic) => ({ topic, qos: 0 as const }));
  return generate({ cmd: "subscribe", messageId, subscriptions });
}

/** A PUBLISH whose header announces so many bytes, without them. */
const announced = (bytes: number): Buffer =>
  Buffer.from([0x30, (bytes & 0x7f) | 0x80, ((bytes >> 7) & 0x7f) | 0x80, bytes >> 14]);

/** What `mallory` writes first, and how that ends. */
const refusedAtOnce = abuses({
  "a will on another's topic": [
    "permission.message",
    4503,
    [connectPacket({ will: { topic: "users/ada/public/mood", payload: "x", qos: 0, retain: true } })],
  ],
  "another's name": [
    "permission.message",
    4503,
    [connectPacket({ username: "ada", password: Buffer.from("x") })],
  ],
  "a packet before CONNECT": ["dialect.syntax", 4522, [publish("users/mallory/public/mood")]],
  text: ["messageSize.opcode", 1003, ["CONNECT"]],
});

/** What `mallory` writes behind their CONNECT, and how that ends. */
const refused = abuses({
  "another's topic": ["permission.message", 4503, [publish("users/ada/public/mood")]],
  "a topic that only begins like one's own": [
    "permission.message",
    4503,
    [publish("users/mallory2/public/mood")],
  ],
  everything: ["permission.message", 4503, [subscribe(["#"])]],
  "everybody's private topics": ["permission.message", 4503, [subscribe(["users/+/private/#"])]],
  "everything, as one of a group": ["permission.message", 4503, [subscribe(["$share/all/#"])]],
  "what the broker says of itself": ["permission.message", 4503, [subscribe(["$SYS/#"])]],
  "another's private topic among one's own": [
    "permission.message",
    4503,
    [subscribe(["users/mallory/private/a", "users/ada/private/a"])],
  ],
  "a second CONNECT": ["dialect.syntax", 4522, [connectPacket()]],
  "a wildcard in a topic": ["dialect.syntax", 4522, [wildcard()]],
  "a packet of two million bytes, announced": ["dialect.limit", 4522, [announced(2_000_000)]],
  "a packet that is cut off": ["dialect.syntax", 4522, [Buffer.from([0x30, 2, 0, 9])]],
  "a length without an end": ["dialect.syntax", 4522, [Buffer.alloc(6, 0xff)]],
  "what only brokers say": ["dialect.syntax", 4522, [Buffer.from([0x20, 2, 0, 0])]],
  "JSON with a name that reaches the prototype": [
    "threat.hygiene",
    4522,
    [publish("users/mallory/public/mood", '{"mood":"good","__proto__":{"admin":true}}')],
  ],
  "a thousand filters in one packet": [
    "dialect.limit",
    4522,
    [subscribe(Array.from({ length: 1000 }, (_, index) => `users/mallory/private/${index}`))],
  ],
  "a thousand subscriptions": [
    "dialect.operations",
    1008,
    Array.from({ length: 1000 }, (_, index) => subscribe([`users/mallory/private/${index}`], index + 1)),
  ],
});

/** The library writes none. */
function wildcard(): Buffer {
  const topic = Buffer.from("users/mallory/+/mood");
  return Buffer.concat([Buffer.from([0x30, topic.length + 2, 0, topic.length]), topic]);
}

function next(client: MqttClient): Promise<readonly [string, Buffer]> {
  return new Promise((resolve) => {
    client.once("message", (topic, payload) => resolve([topic, payload]));
  });
}

describe.each(hostsOfLibraries)("an MQTT broker with its policy, through the host `%s`", (host) => {
  it("carries what is published in every quality of service, retained and large", async () => {
    const { guarded } = await guardBroker(host);
    await unrefused(guarded, async () => {
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
    });
  });

  it.each(refusedAtOnce)("refuses $abuse: $code, $close", async ({ code, close, messages }) => {
    const { guarded } = await guardBroker(host);
    const client = await openMqtt(guarded, await guarded.bearer("mallory"));
    expect(await endingOf(guarded, client, messages)).toEqual({ code, close });
  });

  it.each(refused)("refuses $abuse: $code, $close", async ({ code, close, messages }) => {
    const { guarded } = await guardBroker(host);
    const client = await openConnected(guarded, await guarded.bearer("mallory"));
    expect(await endingOf(guarded, client, messages)).toEqual({ code, close });
  });

  it("hides a card number in what is published: leak.redacted", async () => {
    const { guarded } = await guardBroker(host);
    const ada = await connectMqtt(guarded, await guarded.bearer("ada"));
    await ada.subscribeAsync("users/ada/private/#");
    const heard = next(ada);
    await ada.publishAsync("users/ada/private/card", '{"card":"4111111111111111"}', { qos: 1 });
    expect((await heard)[1].toString()).toBe('{"card":"************1111"}');
    expect(guarded.refusals()).toEqual(["leak.redacted"]);
  });
});
