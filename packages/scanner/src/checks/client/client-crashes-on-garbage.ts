import { frame } from "../../probe/frame.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { clientRemedy } from "./client-breach.ts";
import { type Assault, CLIENT_CRASH_CVSS, CLIENT_CRASH_DECIDES, judgeClientCrash } from "./client-crash.ts";

/** Bytes that are nothing. The first of them are a frame with everything wrong that there is. */
const GARBAGE: Buffer = Buffer.from(`ff7f${"c3f0e19d00ffa28b7e3d".repeat(12)}`, "hex");

const raw = (name: string, answer: string | Buffer): Assault => ({
  name,
  run: ({ probe }) => {
    probe.send(typeof answer === "string" ? Buffer.from(answer, "latin1") : answer);
    probe.socket.end();
  },
});
const behind = (name: string, bytes: Buffer): Assault => ({
  name,
  run: (visit) => {
    visit.accept();
    visit.probe.send(bytes);
  },
});

const ASSAULTS: readonly Assault[] = [
  raw("a refusal with 503", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno"),
  raw("an answer that is not HTTP", GARBAGE),
  raw("an answer that breaks off", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso"),
  raw("an answer with 100 KB of headers", `HTTP/1.1 101 Hm\r\nX-Long: ${"x".repeat(100_000)}\r\n\r\n`),
  behind("frames that are none", GARBAGE),
  behind("a close frame of one byte", frame({ opcode: "close", payload: "x", mask: null })),
  behind("text that is not UTF-8", frame({ opcode: "text", payload: Buffer.from("ff", "hex"), mask: null })),
];

/** A server may say anything. */
export const clientCrashesOnGarbage: ClientCheck = {
  id: "client-crashes-on-garbage",
  group: "client",
  title: "Nonsense of the server ends the client's process",
  severity: "medium",
  cvss: CLIENT_CRASH_CVSS,
  about:
    "Errors of a connection are reported to the application, which has to listen for them. Where it does not, the first answer of a wrong server, of a proxy or of an attacker on the way ends the process with everything else that it does.",
  decides: CLIENT_CRASH_DECIDES,
  sends: "seven answers and frames that are refusals, cut off, too long, or nonsense, on seven connections",
  remedy: {
    ...clientRemedy("Listen for errors of every connection from the moment that it is made."),
    ws: 'socket.on("error", (error) => log(error))',
  },
  references: { cwe: [248, 755], rfc: ["RFC 6455 7.1.7"] },
  impact: "destructive",
  run: (context) => judgeClientCrash(context, ASSAULTS),
};
