import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { isGranted, NO_MQTT, openMqtt, speaksMqtt } from "./mqtt.ts";

/** One subscription hears all. */
export const mqttSubscribesToEverything: Check = {
  id: "mqtt-subscribes-to-everything",
  group: "messages",
  title: "MQTT clients may subscribe to all topics",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
  about:
    "The filter # stands for every topic. A broker that grants it to any client sends that client whatever all the others say.",
  decides:
    "By whether SUBACK grants the filter #. Where no session is accepted without a user name it is not tested.",
  sends: "one session, and SUBSCRIBE to #; it is ended at once, and what came meanwhile stands in no report",
  remedy: {
    summary: "Grant each client the topics that are its own.",
    ws: "broker.authorizeSubscribe = (client, sub, done) => done(null, mayRead(client, sub.topic) ? sub : null) // of aedes",
    sallyport:
      'dialect: mqtt\npermission: { otherwise: allow, rules: [{ when: \'message.kind == "subscribe"\', allow: \'message.name.startsWith("users/" + identity.user + "/")\' }] }',
  },
  references: { cwe: [862, 200] },
  withoutControl: true,
  async run(context) {
    if (!(await speaksMqtt(context))) return notApplicable(NO_MQTT);
    const session = await openMqtt(context);
    if (session?.isAccepted !== true) return notTested("no session is accepted without a user name");
    const granted = await isGranted(context, session.probe, "#");
    const closed = session.probe.isClosed;
    session.probe.destroy();
    if (granted === null)
      return closed ? passed("the connection was closed") : notTested("SUBSCRIBE was not answered");
    if (!granted) return passed("it was refused");
    return found({
      detail: "A subscription to # was granted.",
      evidence: [
        {
          about: "a subscription to everything",
          lines: ["> SUBSCRIBE #", "< SUBACK, granted", "- what came then is not shown"],
        },
      ],
    });
  },
};
