import { type Check, found, passed } from "../../check.ts";

/** Who says nothing is not asked whether he is still there. */
export const noHeartbeat: Check = {
  id: "no-heartbeat",
  group: "limits",
  title: "Idle connections are neither asked after nor ended",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "A client that lost its network sends no end. Unless the server asks after those who say nothing, or ends them, such connections stay for ever, with everything that the application keeps for them; and whoever wants to use them up only has to say nothing.",
  decides:
    "By whether anything comes on a connection that says nothing for the time of --idle: a ping, a message, or the end. What comes later than that is not seen.",
  sends: "one handshake and the messages of --message, and nothing for 40 seconds",
  remedy: {
    summary: "Ping each connection that was silent for 30 seconds, and end it where two pongs are missing.",
    ws: "setInterval(() => { for (const s of wss.clients) { if (!s.isAlive) s.terminate(); s.isAlive = false; s.ping(); } }, 30_000)",
    socketIo: "new Server(http, { pingInterval: 25_000, pingTimeout: 20_000 })",
    nginx: "proxy_read_timeout 75s;",
    sallyport: "heartbeat: { interval: 30s, missed: 2, idle: 10m }",
  },
  references: { cwe: [772, 613], cheatSheet: true },
  isBackground: true,
  async run(context) {
    const probe = await context.ready();
    // What greets comes at once.
    await probe.waitFor(() => probe.isClosed);
    const before = probe.frameCount;
    const came = (): boolean => probe.isClosed || probe.frameCount > before;
    await probe.waitFor(came, context.settings.idleMs);
    if (!came()) await context.hadItsTurn();
    if (probe.isClosed) return passed("it was ended");
    if (came()) return passed("it was asked after");
    return found({
      detail: `On a connection that said nothing for ${context.settings.idleMs / 1000} s nothing came, and it stayed open.`,
      evidence: [probe.exchange("a connection that says nothing")],
    });
  },
};
