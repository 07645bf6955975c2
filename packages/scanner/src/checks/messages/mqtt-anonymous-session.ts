import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { NO_MQTT, openMqtt, speaksMqtt } from "./mqtt.ts";

/** Sessions need no name. */
export const mqttAnonymousSession: Check = {
  id: "mqtt-anonymous-session",
  group: "messages",
  title: "MQTT sessions are accepted without a user name",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N",
  about:
    "Whoever reaches a broker that asks for no name reads and sends what devices and their owners say to each other.",
  decides:
    "By whether CONNECT without user name and password is answered by CONNACK with 0. Where the handshake was made with credentials, these may be what lets it in: then it is firm and not certain.",
  sends: "one handshake with the subprotocol mqtt, and CONNECT without a user name",
  remedy: {
    summary: "Ask for a name and a password or token in CONNECT, and answer 4 or 5 without.",
    ws: "broker.authenticate = (client, name, password, done) => done(null, isValid(name, password)) // of aedes",
    sallyport:
      "identity: { jwt: { issuer: https://id.example.com, audience: mqtt, jwks: https://id.example.com/jwks.json } }",
  },
  references: { cwe: [306, 287] },
  withoutControl: true,
  async run(context) {
    if (!(await speaksMqtt(context))) return notApplicable(NO_MQTT);
    const session = await openMqtt(context);
    if (session === null) return notTested("CONNECT was not answered this time");
    if (!session.isAccepted) return passed("it was refused");
    const isKnown = context.settings.credentials.length > 0;
    return found({
      detail: "CONNECT without a user name was accepted.",
      evidence: [session.probe.exchange("a session without a user name")],
      ...(isKnown ? { confidence: "tentative", severity: "low" } : {}),
    });
  },
};
