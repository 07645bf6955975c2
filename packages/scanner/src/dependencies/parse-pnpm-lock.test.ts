import { describe, expect, it } from "vitest";
import { findLibraries } from "./find-libraries.ts";
import { parsePnpmLock } from "./parse-pnpm-lock.ts";

const NAMES = new Set(["ws", "engine.io", "@fastify/websocket"]);
const read = (text: string) => parsePnpmLock({ file: "pnpm-lock.yaml", text, wanted: new Map() });
const found = (text: string) =>
  findLibraries(read(text), NAMES).map(
    ({ package: { name, alias, version, line }, how, paths }) =>
      `${line}: ${name} ${version}${alias === null ? "" : ` as ${alias}`}, ${how}: ${paths.map((path) => path.join(" > ")).join(", ")}`,
  );

describe("parsePnpmLock", () => {
  it("reads version 5: paths with slashes, peers after an underscore", () => {
    const text = `lockfileVersion: 5.4
specifiers:
  engine.io: ^6
dependencies:
  engine.io: 6.2.0
devDependencies:
  sockets: /ws/7.5.9
packages:

  /engine.io/6.2.0:
    dependencies:
      ws: 8.2.3_bufferutil@4.0.8
  /ws/7.5.9:
    dev: true
  /ws/8.2.3_bufferutil@4.0.8:
    dev: false
`;
    expect(found(text)).toEqual([
      "10: engine.io 6.2.0, direct: engine.io",
      "13: ws 7.5.9 as sockets, direct: ws",
      "15: ws 8.2.3, transitive: engine.io > ws",
    ]);
  });

  it("reads version 6: names with an at, peers in parentheses", () => {
    const text = `lockfileVersion: '6.0'
importers:
  .:
    dependencies:
      '@fastify/websocket':
        specifier: ^7
        version: 7.1.0
  parts/api:
    devDependencies:
      sockets:
        specifier: npm:ws@^7
        version: /ws@7.5.9
      api:
        specifier: workspace:*
        version: link:../api
packages:
  /@fastify/websocket@7.1.0:
    dependencies:
      ws: 8.11.0(utf-8-validate@6.0.3)
  /ws@7.5.9:
    dev: true
  /ws@8.11.0(utf-8-validate@6.0.3):
    dev: false
`;
    expect(found(text)).toEqual([
      "17: @fastify/websocket 7.1.0, direct: @fastify/websocket",
      "20: ws 7.5.9 as sockets, direct: ws",
      "22: ws 8.11.0, transitive: @fastify/websocket > ws",
    ]);
  });

  it("reads version 9: packages in one place, what they ask for in another, after what is pnpm's own", () => {
    const text = `lockfileVersion: '9.0'
importers: {}
---
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      engine.io:
        specifier: ^6
        version: 6.6.0
packages:
  engine.io@6.6.0:
    resolution: {integrity: sha512-A}
  tool@1.0.0:
    bundledDependencies: [ws]
  ws@8.17.1:
    resolution: {integrity: sha512-B}
snapshots:
  engine.io@6.6.0:
    dependencies:
      ws: 8.17.1(bufferutil@4.0.8)
  ws@8.17.1(bufferutil@4.0.8):
    optionalDependencies: {}
  tool@1.0.0: {}
`;
    expect(found(text)).toEqual([
      "12: engine.io 6.6.0, direct: engine.io",
      "16: ws 8.17.1, transitive: engine.io > ws",
    ]);
    expect(read(text).hidden).toEqual(["ws"]);
  });

  it.for([
    ["lockfileVersion: '10.0'", "a lockfileVersion that is not known (5 to 9 are): 10.0"],
    ["packages: {}", "not known (5 to 9 are): none"],
    ["a: [", "is not YAML"],
    ["", "it is empty"],
    ["lockfileVersion: '9.0'\na: &a [1]\nb: [*a, *a]", "Alias resolution is disabled"],
  ] as const)("refuses %j: %s", ([text, problem]) => {
    expect(() => read(text)).toThrow(problem);
  });
});
