import { type Check, found, passed } from "../../check.ts";
import { provoke } from "./provoke.ts";

/** What only whoever runs the application should see. */
const INTERNALS: Readonly<Record<string, RegExp>> = {
  "an error of a database":
    /SQLSTATE|syntax error at or near|error in your SQL syntax|\bORA-\d{5}\b|SQLITE_[A-Z]+|MongoServerError|unrecognized token: "/,
  "the path of a file":
    /(?:^|[\s"'(=])(?:\/(?:home|usr|var|opt|srv|app|root|Users|workspace)\/[\w@./-]+|[A-Z]:\\[\w\\ .-]+)\.\w{1,5}\b/,
  "an address inside the network":
    /\b(?:ECONNREFUSED|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|connect to)\b[^\n]{0,80}\d/,
  "an exception of the program's":
    /Cannot (?:read|set) propert(?:y|ies) of (?:undefined|null)|(?:undefined|null) is not an object|NullPointerException|'NoneType' object|nil pointer dereference/,
};

/** Errors tell what is behind. */
export const disclosesInternals: Check = {
  id: "discloses-internals",
  group: "messages",
  title: "Messages that are not expected are answered with internals of the application",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
  about:
    "Errors of a database, paths of files, addresses of other services and exceptions of the program tell an attacker what is behind the endpoint, and which of the attempts came through.",
  decides:
    "By the form of such errors in what comes back, close reasons included, to messages that no application expects.",
  sends:
    "five text messages that are no JSON, JSON of another kind, or have quotes of other languages in them, on five connections",
  remedy: {
    summary:
      "Catch what a message causes; answer a code and an id, and keep the error in the log under that id.",
    ws: 'try { handle(message); } catch (error) { log.error(error, id); socket.send(JSON.stringify({ error: "internal", id })); }',
    sallyport: "leak: { action: redact, detect: [stack-trace] }",
  },
  references: { cwe: [209, 497], asvs: ["16.5.1"] },
  async run(context) {
    const shown = (await provoke(context)).flatMap(({ sent, texts, exchange }) =>
      Object.entries(INTERNALS)
        .filter(([, pattern]) => texts.some((text) => pattern.test(text)))
        .map(([name]) => ({ sent, name, exchange })),
    );
    const [first] = shown;
    if (first === undefined) return passed("nothing that came back has the form of an internal error");
    return found({
      detail: `The message ${first.sent} was answered with ${first.name}.`,
      evidence: [first.exchange],
      confidence: "firm",
    });
  },
};
