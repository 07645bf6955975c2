import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { credentialsOf } from "../authentication/credentials.ts";
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
    "By whether CONNECT without user name and password is answered by CONNACK with 0. Where a handshake without the given credentials is not accepted, the handshake is what asks for a name.",
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
    const stranger =
      credentialsOf(context).length === 0 ? session : await openMqtt(context, { credentials: false });
    if (stranger?.isAccepted !== true)
      return passed("the handshake asks who connects: without the given credentials there is no session");
    return found({
      detail: "CONNECT without a user name was accepted.",
      evidence: [stranger.probe.exchange("a session without a user name")],
    });
  },
};
