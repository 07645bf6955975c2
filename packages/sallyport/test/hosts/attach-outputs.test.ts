import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { attach } from "../../src/hosts/attach.ts";
import { portOf } from "../gateway/harness.ts";
import { startOtlpReceiver } from "../otlp-receiver.ts";
import { startReceiver } from "../webhook-receiver.ts";

const routes = [{ path: "/", identity: "anonymous" }] as const;

describe("attach with outputs", () => {
  it("exports events and spans, and gives the application our span as its parent", async () => {
    const collector = await startOtlpReceiver();
    const telemetry = { otlp: { endpoint: collector.url, traces: true } };
    const server = createServer();
    const seen: IncomingHttpHeaders[] = [];
    const application = new WebSocketServer({ server });
    application.on("connection", (_socket, { headers }) => void seen.push(headers));
    const attached = attach(server, { routes, telemetry });
    await attached.ready;
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    const client = new WebSocket(`ws://127.0.0.1:${portOf(server.address())}/`);
    await once(client, "open");
    await expect(attached.reload({ routes })).rejects.toThrow("`telemetry` cannot be changed by a reload");
    client.close();
    await once(client, "close");
    await attached.drain();
    expect(collector.logs().map(({ name }) => name)).toEqual(["sallyport.open", "sallyport.closed"]);
    const [handshake, connection] = collector.spans();
    expect(connection?.traceId).toBe(handshake?.traceId);
    expect(seen[0]?.["traceparent"]).toBe(`00-${handshake?.traceId}-${handshake?.spanId}-03`);
  });

  it("refuses a webhook that is none, and takes other ones by a reload", async () => {
    const hook = await startReceiver();
    const server = createServer();
    const attached = attach(server, { routes });
    await attached.ready;
    const reload = (url: string): Promise<unknown> =>
      attached.reload({ routes, alerts: [{ webhook: { url } }] });
    await expect(reload("http://hooks.example.com/HUSH")).rejects.toThrow(
      "alerts[0].webhook.url: expected an https URL",
    );
    await expect(reload("http://hooks.example.com/HUSH")).rejects.not.toThrow("HUSH");
    await expect(reload(hook.url)).resolves.toMatchObject({ kept: 0, closed: 0 });
    await attached.drain();
  });
});
