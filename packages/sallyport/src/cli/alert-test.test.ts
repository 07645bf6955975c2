import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startReceiver } from "../../test/webhook-receiver.ts";
import { main } from "./main.ts";

const SECRET = `whsec_${Buffer.alloc(24, 5).toString("base64")}`;
let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-alert-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, "hook.secret"), `${SECRET}\n`);
});

async function run(alerts: string, ...more: string[]): Promise<{ code: number; out: string; err: string }> {
  await writeFile(
    join(directory, "sallyport.yaml"),
    `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
routes: [{ path: /, upstream: ws://127.0.0.1:1, identity: anonymous }]
${alerts}
`,
  );
  let [out, err] = ["", ""];
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    colour: false,
    directory,
  };
  const code = await main(["alert", "test", ...more], terminal);
  return { code, out, err };
}

describe("alertTest", () => {
  it("sends one alert to each webhook, signed where it has a key, and says what came back", async () => {
    const [plain, chat] = [await startReceiver(), await startReceiver()];
    const { code, out, err } = await run(
      `alerts:
  - webhook: { url: "${plain.url}/services/HUSH", secretFile: hook.secret }
    minSeverity: critical
  - webhook: { url: "${chat.url}/HUSH", format: slack }`,
    );
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(
      `ok     ${plain.host} (generic): it answered 200\nok     ${chat.host} (slack): it answered 200\n`,
    );
    const [posted] = plain.received;
    expect(
      new Webhook(SECRET).verify(posted?.body ?? "", posted?.headers as Record<string, string>),
    ).toMatchObject({ type: "sallyport.finding", data: { detector: "test" } });
    expect(JSON.parse(String(chat.received[0]?.body))).toMatchObject({
      text: expect.stringContaining("This is a test"),
    });
  });

  it("fails where one did not take it, and follows no redirect", async () => {
    const [good, away] = [
      await startReceiver(),
      await startReceiver((response) => void response.writeHead(302, { location: "/" }).end()),
    ];
    const { code, out } = await run(
      `alerts:
  - webhook: { url: "${good.url}" }
  - webhook: { url: "${away.url}/HUSH" }
  - webhook: { url: "http://127.0.0.1:1/HUSH" }`,
      "--json",
    );
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      targets: [
        { target: good.host, format: "generic", ok: true, answer: "it answered 200" },
        {
          target: away.host,
          format: "generic",
          ok: false,
          answer: "it answered 302, a redirect: it is not followed",
        },
        {
          target: "127.0.0.1:1",
          format: "generic",
          ok: false,
          answer: expect.stringContaining("it could not be reached"),
        },
      ],
    });
    expect(away.received).toHaveLength(1);
    expect(out).not.toContain("HUSH");
  });

  it("leaves it to `check` to say who is told, which contacts nobody", async () => {
    const hook = await startReceiver();
    await run(`alerts: [{ webhook: { url: "${hook.url}/HUSH", secretFile: hook.secret }, detectors: [gate] }]
telemetry: { otlp: { endpoint: "${hook.url}", traces: true }, ocsf: { file: events.jsonl } }`);
    let out = "";
    const terminal = { out: (text: string) => void (out += text), err: () => {}, colour: false, directory };
    expect(await main(["check", join(directory, "sallyport.yaml")], terminal)).toBe(0);
    expect(out).toContain(`alerts ${hook.host}  format: generic, signed  from: medium  detectors: gate\n`);
    expect(out).toContain(`otlp ${hook.host}  sends: log records, spans\n`);
    expect(out).toContain(`ocsf ${join(directory, "events.jsonl")}  most: 100MiB  keep: 5\n`);
    expect(await main(["check", join(directory, "sallyport.yaml"), "--json"], terminal)).toBe(0);
    expect(out).not.toContain("HUSH");
    // Of `alert test` alone.
    expect(hook.received).toHaveLength(1);
  });

  it("says that there is none, and what is wrong with a configuration", async () => {
    expect(await run("")).toMatchObject({
      code: 2,
      err: "error sallyport.yaml: `alerts` names no webhook\n",
    });
    const wrong = await run(`alerts: [{ webhook: { url: "ftp://hooks.example.com/HUSH" } }]`);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("alerts[0].webhook.url: expected an https URL");
    expect(wrong.err).not.toContain("HUSH");
  });
});
