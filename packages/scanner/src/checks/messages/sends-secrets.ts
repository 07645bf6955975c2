import { type Check, found, notTested, passed } from "../../check.ts";
import { provoke } from "./provoke.ts";
import { textsOf } from "./texts-of.ts";

/** What has the form of a secret of the server's. A user's own token is none: it was given to the user. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  "a private key": /-----BEGIN (?:RSA |EC |OPENSSH |DSA |ENCRYPTED )?PRIVATE KEY-----/,
  "an access key of AWS": /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  "a key of Google Cloud": /\bAIza[0-9A-Za-z_-]{35}\b/,
  "a token of GitHub": /\b(?:ghp|gho|ghs|ghu|github_pat)_[0-9A-Za-z_]{30,}\b/,
  "a token of Slack": /\bxox[abprs]-[0-9A-Za-z-]{20,}\b/,
  "a live key of Stripe": /\b(?:sk|rk)_live_[0-9A-Za-z]{20,}\b/,
  "a database's address with its password":
    /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?):\/\/[^\s:@/"']{1,64}:[^\s@/"']{3,}@/,
  "a hash of a password": /\$2[aby]\$\d\d\$[./0-9A-Za-z]{53}|\$argon2(?:id|i|d)\$v=\d+\$/,
};

/** The server tells secrets to whoever listens. */
export const sendsSecrets: Check = {
  id: "sends-secrets",
  group: "messages",
  title: "Messages of the server have secrets in them",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:N/A:N",
  about:
    "Messages are made of objects, and objects have more members than the page shows. Keys, hashes and addresses of databases that stand in them are read by whoever opens the browser's tools.",
  decides:
    "By the form of keys, hashes and passwords in everything that came: the greeting, answers to the messages of --message, and answers to messages that no application expects. The report names the kind and shows none of it.",
  sends: "the messages of --message, and five text messages that no application expects",
  remedy: {
    summary: "Send the members that a page needs, by name, and change the secret: it is known.",
    ws: "socket.send(JSON.stringify({ id: user.id, name: user.name })) // in place of JSON.stringify(user)",
    sallyport: "leak: { action: redact }",
  },
  references: { cwe: [200, 522], asvs: ["15.3.1"] },
  async run(context) {
    const { greeting, answers } = context.control;
    const provoked = (await provoke(context)).flatMap(({ texts }) => texts);
    const texts = [...textsOf([...greeting, ...answers]), ...provoked];
    if (texts.length === 0)
      return notTested("no message came: give --message, so that the application answers");
    const kinds = Object.entries(SECRETS)
      .filter(([, pattern]) => texts.some((text) => pattern.test(text)))
      .map(([name]) => name);
    if (kinds.length === 0) return passed(`${texts.length} messages have none of the known forms`);
    return found({
      detail: `Messages of the server have ${kinds.join(", ")} in them.`,
      // Of the messages themselves nothing is shown: the secret stands in them.
      evidence: [
        {
          about: "messages of the server",
          lines: kinds.map((kind) => `< a message with ${kind} (not shown)`),
        },
      ],
      confidence: "firm",
    });
  },
};
