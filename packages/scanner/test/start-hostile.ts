import type { SecureContextOptions } from "node:tls";
import { opcodes } from "../src/probe/frame.ts";
import { HALF_CHARACTER, HOSTILE_HEADER, HOSTILE_TEXT } from "./hostile-text.ts";
import type { SpecimenServer } from "./specimen.ts";
import { rightHead, startNaive } from "./start-naive.ts";

/** What a hostile server speaks: its answers are those of the protocol, with hostile words wherever the protocol has any. */
export type HostileDialect = "text" | "graphql" | "json-rpc" | "socket.io" | "mqtt" | "vite" | "refusals";

const SECRET = "AKIAABCDEFGHIJKLMNOP";
const TRACE = `Error: ${HOSTILE_TEXT}\n    at ${HOSTILE_TEXT} (/srv/${HOSTILE_TEXT}.js:1:1)\n    at run (/srv/app.js:2:2)`;
const WORDS = `${HALF_CHARACTER}${HOSTILE_TEXT}`;

const SUBPROTOCOLS: Partial<Record<HostileDialect, string>> = {
  graphql: "graphql-transport-ws",
  mqtt: "mqtt",
  vite: "vite-hmr",
};

/** Starts a server whose every word is written to act on whoever reads a report: headers, pages, messages, close reasons. */
export function startHostile(dialect: HostileDialect, tls?: SecureContextOptions): Promise<SpecimenServer> {
  return startNaive({
    ...(tls === undefined ? {} : { tls }),
    answer: (request) => (isUpgrade(request) && dialect !== "refusals" ? undefined : page(request)),
    head: (request, accept) => {
      const offered = /^sec-websocket-protocol: *(.*)$/im.exec(request)?.[1];
      const chosen = SUBPROTOCOLS[dialect] ?? (offered === undefined ? null : HOSTILE_HEADER);
      return [
        ...rightHead(accept),
        ...hostileHeaders(request),
        ...(chosen === null ? [] : [`Sec-WebSocket-Protocol: ${chosen}`]),
      ];
    },
    onOpen({ send }) {
      for (const payload of greetings(dialect)) send({ opcode: "text", payload });
    },
    onFrame({ opcode, payload }, { send, socket }) {
      if (opcode === opcodes.text)
        for (const answer of answersTo(dialect, payload.toString("utf8")))
          send({ opcode: "text", payload: answer });
      else if (opcode === opcodes.binary) send({ opcode: "binary", payload: packetFor(payload) });
      else if (opcode === opcodes.close) {
        send({ opcode: "close", payload: Buffer.concat([Buffer.from([3, 240]), Buffer.from(HOSTILE_TEXT)]) });
        socket.end();
      } else return false;
      return true;
    },
  });
}

function isUpgrade(request: string): boolean {
  return /^upgrade: *websocket/im.test(request);
}

function hostileHeaders(request: string): readonly string[] {
  const origin = /^origin: *(.*)$/im.exec(request)?.[1] ?? "*";
  return [
    `Server: hostile/1.0 ${HOSTILE_HEADER}`,
    `X-Powered-By: ${HOSTILE_HEADER}`,
    `Set-Cookie: session${HOSTILE_HEADER.replaceAll(/[=;]/g, "")}=1; Path=${HOSTILE_HEADER}`,
    `Strict-Transport-Security: max-age=1; ${HOSTILE_HEADER}`,
    `Access-Control-Allow-Origin: ${origin}`,
    "Access-Control-Allow-Credentials: true",
  ];
}

/** What begins a session of Engine.IO. */
const OPENED = `0${JSON.stringify({ sid: WORDS, upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1e6 })}`;

/** A page that is a stack trace as well: its status depends on what was asked. */
function page(request: string): string {
  const isPolling = request.includes("transport=polling");
  const body = isPolling
    ? OPENED
    : `<!doctype html><title>${HOSTILE_TEXT}</title><script>new WebSocket("/live/${encodeURI(HOSTILE_TEXT)}")</script><pre>${TRACE}</pre>`;
  const status = isUpgrade(request) ? `400 ${HOSTILE_HEADER}` : "200 OK";
  return [
    `HTTP/1.1 ${status}`,
    "Content-Type: text/html",
    ...hostileHeaders(request),
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

function greetings(dialect: HostileDialect): readonly string[] {
  if (dialect === "socket.io") return [OPENED];
  if (dialect === "vite") return [JSON.stringify({ type: "connected" })];
  return dialect === "text" ? [`${SECRET} ${HOSTILE_TEXT}`] : [];
}

function answersTo(dialect: HostileDialect, said: string): readonly string[] {
  const message = parsed(said);
  const id = message["id"];
  if (dialect === "graphql") {
    if (message["type"] === "connection_init")
      return [JSON.stringify({ type: "connection_ack", payload: { [WORDS]: WORDS } })];
    const name = { name: WORDS, kind: "OBJECT", fields: [{ name: WORDS, args: [], type: { name: WORDS } }] };
    const data = { __typename: WORDS, __schema: { queryType: name, types: [name] }, __type: name };
    return [
      JSON.stringify({ id, type: "next", payload: { data } }),
      JSON.stringify({ id, type: "error", payload: [{ message: TRACE }] }),
    ];
  }
  if (dialect === "json-rpc") return [JSON.stringify({ jsonrpc: "2.0", id, result: [WORDS, TRACE] })];
  if (dialect === "socket.io") {
    const namespace = /^40(\/[^,]*,)?/.exec(said);
    if (namespace !== null) return [`40${namespace[1] ?? ""}${JSON.stringify({ sid: WORDS })}`];
    return [`42${JSON.stringify([WORDS, { error: TRACE, secret: SECRET }])}`];
  }
  return [said, `${SECRET} ${HOSTILE_TEXT} ${JSON.stringify({ error: WORDS, stack: TRACE })}`];
}

/** CONNACK to CONNECT and SUBACK to SUBSCRIBE, with a publication under a hostile topic behind it (MQTT 3.1.1). */
function packetFor([first = 0]: Buffer): Buffer {
  const topic = Buffer.from(HOSTILE_TEXT.slice(0, 30));
  const publication = Buffer.concat([Buffer.from([0x30, topic.length + 2, 0, topic.length]), topic]);
  const answer = first === 0x10 ? [0x20, 2, 0, 0] : [0x90, 3, 0, 1, 0];
  return Buffer.concat([Buffer.from(answer), publication]);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
