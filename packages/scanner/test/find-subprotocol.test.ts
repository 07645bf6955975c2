import { describe, expect, it } from "vitest";
import { acceptsForeignOrigin } from "../src/checks/origin/accepts-foreign-origin.ts";
import { normalOf } from "../src/formats/normal-of.ts";
import { scanScene } from "./scan-scene.ts";
import { startGraphql } from "./start-graphql.ts";
import { startWs } from "./start-ws.ts";

/** As Vite does: an upgrade without its name is refused. */
const exactly = (name: string) => () =>
  startWs({ refuse: ({ headers }) => (headers["sec-websocket-protocol"] === name ? null : 400) });

describe("findSubprotocol", () => {
  it.for([
    ["graphql-ws, which closes at once without", () => startGraphql(), "graphql-transport-ws"],
    ["a server that is asked for vite-hmr alone", exactly("vite-hmr"), "vite-hmr"],
    ["a server that is asked for mqtt alone", exactly("mqtt"), "mqtt"],
  ] as const)("finds what %s needs, and every check offers it", async ([, start, name]) => {
    const report = await scanScene({ start }, [acceptsForeignOrigin]);
    expect(report.control).toMatchObject({ isUsable: true, subprotocol: name, foundSubprotocol: name });
    expect(report.findings.map(({ reproduce }) => reproduce)).toEqual([
      expect.stringContaining(`--subprotocol '${name}'`),
    ]);
    expect(normalOf(report, report.control)).toContain(`It needs the subprotocol ${name}`);
  });

  it("tries nothing where the refusal is for another reason, or where the user gave one", async () => {
    const refused = await scanScene({ start: () => startWs({ refuse: () => 401 }) }, [acceptsForeignOrigin]);
    expect([refused.control.isUsable, refused.connections]).toEqual([false, 2]);
    const given = await scanScene({ start: exactly("vite-hmr"), settings: { subprotocols: ["chat"] } }, [
      acceptsForeignOrigin,
    ]);
    expect([given.control.isUsable, given.connections]).toEqual([false, 2]);
  });

  it("says of a server that takes none what the first refusal was", async () => {
    const { control } = await scanScene({ start: () => startWs({ refuse: () => 400 }) }, [
      acceptsForeignOrigin,
    ]);
    expect(control).toMatchObject({ isUsable: false, problem: "refused with 400" });
  });
});
