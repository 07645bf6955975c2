import { type Check, found, passed } from "../../check.ts";
import { provoke } from "./provoke.ts";

/** How the traces of languages look: Node, Python, Java, .NET, Go, PHP, Ruby. Places inside of Node itself tell nothing of the application. */
const TRACES = [
  /\bat (?:async )?[^\n()]{0,200}\(?(?:file:\/\/|\/|[A-Z]:\\)[^\n()]{1,300}:\d+:\d+\)?/,
  /Traceback \(most recent call last\)/,
  /File "[^"\n]{1,300}", line \d+, in /,
  /\bat [\w$.]{1,200}\([\w$]{1,100}\.(?:java|kt|scala):\d+\)/,
  /\bat [^\n]{1,200} in [^\n]{1,300}:line \d+/,
  /goroutine \d+ \[running\]/,
  /#\d+ [^\n]{1,300}\.php\(\d+\)/,
  /\.rb:\d+:in [`']/,
];

/** Errors are shown as they were thrown. */
export const disclosesStackTraces: Check = {
  id: "discloses-stack-traces",
  group: "messages",
  title: "Messages that are not expected are answered with a stack trace",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
  about:
    "A stack trace names the files, libraries and functions of the application, and often the values that it stumbled over. It spares an attacker the guessing.",
  decides:
    "By the form of stack traces in what comes back, close reasons included, to messages that no application expects.",
  sends:
    "five text messages that are no JSON, JSON of another kind, or have quotes of other languages in them, on five connections",
  remedy: {
    summary:
      "Catch what a message causes; answer a code and an id, and keep the trace in the log under that id.",
    ws: 'try { handle(message); } catch (error) { log.error(error, id); socket.send(JSON.stringify({ error: "internal", id })); }',
    socketIo:
      'socket.on("message", (data, done) => { try { … } catch (error) { log.error(error, id); done({ error: "internal", id }); } })',
    sallyport: "leak: { action: redact, detect: [stack-trace] }",
  },
  references: { cwe: [209, 497], asvs: ["16.5.1"] },
  async run(context) {
    const shown = (await provoke(context)).filter(({ texts }) =>
      texts.some((text) => TRACES.some((trace) => trace.test(text))),
    );
    const [first] = shown;
    if (first === undefined) return passed("nothing that came back has the form of a stack trace");
    return found({
      detail: `The message ${first.sent} was answered with a stack trace.`,
      evidence: shown.slice(0, 2).map(({ exchange }) => exchange),
    });
  },
};
