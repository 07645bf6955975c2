import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { attach } from "../../src/hosts/attach.ts";
import type { AttachInput } from "../../src/policy/attach-config.ts";
import { knock, open, scan, scanRule } from "../cli/watched-gate.ts";
import { portOf, recordEvents } from "../gateway/harness.ts";
import { wsApplication } from "./guarded-server.ts";

const ATTACKER = "127.0.0.2";

function inputWith(watch: AttachInput["watch"]): AttachInput {
  const routes = [{ path: "/chat", identity: "anonymous" }] as const;
  return watch === undefined ? { routes } : { routes, watch };
}

async function attachWatched(watch: AttachInput["watch"]) {
  const { server } = wsApplication();
  const { emit, ...told } = recordEvents();
  const gate = attach(server, inputWith(watch), { onEvent: emit });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await gate.ready;
  onTestFinished(async () => {
    await gate.drain({ batch: 1000, pauseMs: 0, withinMs: 200 });
    server.close();
  });
  return {
    gate,
    ...told,
    port: portOf(server.address()),
    reload: (of: AttachInput["watch"]) => gate.reload(inputWith(of)),
  };
}

describe("the watch of an attached gate", () => {
  it("bans, ends connections (4529), lists what it found, and takes it back", async () => {
    const { gate, port, seen } = await attachWatched({ rules: [scanRule("ban")] });
    const peer = await open(port, { from: ATTACKER });
    await scan(port, { from: ATTACKER });
    const { incident } = await seen("finding");
    expect(await peer.readClose()).toMatchObject({ code: 4529 });
    expect(await knock(port, { from: ATTACKER })).toBe(403);
    expect(gate.findings()).toMatchObject([{ incident, outcome: "done", undoneAt: null }]);
    expect(await gate.undo("unheard-of")).toBeNull();
    expect(await gate.undo(incident)).toEqual(["the ban of 127.0.0.2/32"]);
    expect(await seen("gate", ({ message }) => message.includes("taken back"))).toMatchObject({
      detail: `${incident}: lifted the ban of 127.0.0.2/32`,
    });
    expect(await knock(port, { from: ATTACKER })).toBe(101);
  });

  it("is on by default, only tells then, and can be changed by a reload", async () => {
    const { gate, port, seen, reload } = await attachWatched(undefined);
    await reload({ rules: [scanRule("alert")] });
    await scan(port, { from: ATTACKER });
    expect(await seen("finding")).toMatchObject({ outcome: "done", detail: "" });
    await reload("off");
    await scan(port, { from: "127.0.0.3" });
    expect(gate.findings()).toHaveLength(1);
    expect(gate.bans.size).toBe(0);
  });
});
