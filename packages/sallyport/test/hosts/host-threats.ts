import { describe, expect, it } from "vitest";
import type { RouteOptions } from "../../src/policy/define-config.ts";
import { bytesOf } from "../gateway/harness.ts";
import { closed, guardServer, nextMessage, openClient, wsApplication } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";

type Threat = Extract<RouteOptions["threat"], object>;

interface Attacked {
  /** Sends one message, and says what became of it: what came back, or the close code and the incident's code. */
  readonly send: (text: string | Buffer) => Promise<string>;
  readonly heard: readonly string[];
  readonly events: () => string;
}

async function guardEcho(host: HostOptions["host"], threat: Threat = {}): Promise<Attacked> {
  const heard: string[] = [];
  const { server } = wsApplication((socket) => {
    socket.on("message", (data) => {
      heard.push(bytesOf(data).toString());
      socket.send(data, { binary: false });
    });
  });
  const guarded = await guardServer(host, server, { routes: [{ path: "/", identity: "anonymous", threat }] });
  return {
    heard,
    events: () => JSON.stringify(guarded.events),
    async send(text) {
      const client = await openClient(guarded.wsUrl);
      client.send(text, { binary: false });
      const outcome = await Promise.race([
        nextMessage(client).then(({ data }) => bytesOf(data).toString()),
        closed(client).then(({ code }) => code),
      ]);
      client.terminate();
      if (typeof outcome === "string") return outcome;
      const codes = guarded.events.flatMap((event) => (event.type === "decision" ? [event.code] : []));
      return `${outcome} ${codes.join()}`;
    },
  };
}

/** What `threat` refuses and neutralises, end to end. */
export function describeThreats({ host }: HostOptions): void {
  describe("threats", () => {
    it.each([
      ["P01 a name that reaches the prototype", '{"__proto__":{"x":1}}'],
      ["P01 the same, escaped", '{"\\u005f\\u005fproto__":{"x":1}}'],
      ["P01 the constructor's prototype", '{"constructor":{"prototype":{"x":1}}}'],
      ["P02 arrays inside each other", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
      ["P02 objects inside each other", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
      ["P03 a number that is infinite", '{"n":1e999}'],
      ["P03 a number that is infinite, below zero", '{"n":-1e999}'],
      ["P03 an integer that loses a digit", '{"n":9007199254740993}'],
      ["P03 a number that vanishes", '{"n":1e-400}'],
      ["P03 a number of 100,000 digits", `[${"1".repeat(100_000)}]`],
      ["P04 a name that stands twice", '{"role":"user","role":"admin"}'],
      ["P05 half a surrogate pair", '{"text":"\\ud800"}'],
      ["P06 a byte order mark", "\ufeff{}"],
      ["P06 a NUL in a name", '{"a\\u0000b":1}'],
      ["P06 a NUL in a text", '["\\u0000"]'],
      ["P06 a text that runs backwards", '["\u202egpj.exe"]'],
      [
        "P08 100,000 names in one object",
        JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [i.toString(36), 0]))),
      ],
      ["P08 an array of nulls", `[${"null,".repeat(150_000)}null]`],
      ["P09 an object that hides a method", '{"type":{"toString":"x"}}'],
      ["P10 a type that is no type", '{"type":"__proto__"}'],
    ])("refuse %s with 4522, and the application never sees it", async (_what, text) => {
      const { send, heard } = await guardEcho(host);
      expect(await send(text)).toBe("4522 threat.hygiene");
      expect(heard).toEqual([]);
      expect({}).not.toHaveProperty("x");
    });

    it.each([
      ["P07 data behind the value", '{"a":1}x'],
      ["P07 a comment", '{"a":1/**/}'],
      ["P07 NaN", '{"a":NaN}'],
      ["P07 single quotes", "{'a':1}"],
    ])("refuse %s where JSON is required", async (_what, text) => {
      const { send, heard } = await guardEcho(host, { hygiene: { json: "require" } });
      expect(await send(text)).toBe("4522 threat.hygiene");
      expect(heard).toEqual([]);
    });

    it.each([
      ["P14 SQL", '{"name":"x\' or 1=1--"}'],
      ["P14 HTML", '{"text":"<img src=x onerror=alert(1)>"}'],
      ["P14 a template", '{"text":"{{7*7}}"}'],
      ["P19 a local file", '{"url":"file:///etc/passwd"}'],
      ["P19 the metadata of a cloud", '{"url":"http://169.254.169.254/latest/meta-data/"}'],
    ])("refuse %s with 4522, and tell nothing of it", async (_what, text) => {
      const { send, heard, events } = await guardEcho(host);
      expect(await send(text)).toBe("4522 threat.signature");
      expect(heard).toEqual([]);
      expect(events()).not.toMatch(/onerror|1=1|7\*7|etc.passwd|meta-data/);
    });

    it("neutralise markup where they are asked to: every other byte goes on as it came", async () => {
      const { send, heard } = await guardEcho(host, { sanitize: ["/text"] });
      const sent = '{ "n":1.50,"text":"<b>hi</b><script>alert(1)</script>" }';
      expect(await send(sent)).toBe('{ "n":1.50,"text":"<b>hi</b>" }');
      expect(await send('{ "text":"<b>hi</b>" }')).toBe('{ "text":"<b>hi</b>" }');
      expect(heard).toHaveLength(2);
    });

    it("only record under observe", async () => {
      const { send, events } = await guardEcho(host, { mode: "observe" });
      const text = '{"a":1,"a":2}';
      expect(await send(text)).toBe(text);
      expect(events()).toContain("threat.hygiene");
    });
  });
}
