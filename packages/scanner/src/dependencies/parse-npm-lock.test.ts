import { describe, expect, it } from "vitest";
import { findLibraries } from "./find-libraries.ts";
import { parseNpmLock } from "./parse-npm-lock.ts";

const NAMES = new Set(["ws", "socket.io", "engine.io"]);

const read = (lock: unknown, wanted: Readonly<Record<string, string>> = {}) =>
  parseNpmLock({
    file: "package-lock.json",
    text: typeof lock === "string" ? lock : JSON.stringify(lock, null, 2),
    wanted: new Map(Object.entries(wanted)),
  });

/** Name, version, how it is there and by what. */
const found = (lock: unknown, wanted?: Readonly<Record<string, string>>) =>
  findLibraries(read(lock, wanted), NAMES).map(({ package: { name, alias, version, line }, how, paths }) => ({
    is: `${name} ${version}${alias === null ? "" : ` as ${alias}`}`,
    how,
    paths: paths.map((path) => path.join(" > ")),
    line,
  }));

const flat = {
  lockfileVersion: 3,
  packages: {
    "": { name: "shop", dependencies: { "socket.io": "^4", sockets: "npm:ws@^7" }, workspaces: ["parts/*"] },
    "parts/api": { name: "api", devDependencies: { ws: "^8" } },
    "node_modules/api": { resolved: "parts/api", link: true },
    "node_modules/engine.io": { version: "6.5.0", dependencies: { ws: "~8.17.0" } },
    "node_modules/engine.io/node_modules/ws": { version: "8.17.0" },
    "node_modules/socket.io": { version: "4.7.0", dependencies: { "engine.io": "~6.5.0", absent: "^1" } },
    "node_modules/sockets": { name: "ws", version: "7.5.9" },
    "node_modules/tool": { version: "1.0.0", bundleDependencies: ["ws"], dependencies: { ws: "^6" } },
    "node_modules/tool/node_modules/ws": { version: "6.2.2", inBundle: true },
    "parts/api/node_modules/ws": { version: "8.20.0", dev: true },
  },
};

describe("parseNpmLock", () => {
  it("finds what is direct, transitive, bundled, of a workspace or under another name (versions 2 and 3)", () => {
    const expected = [
      { is: "engine.io 6.5.0", how: "transitive", paths: ["socket.io > engine.io"] },
      { is: "ws 8.17.0", how: "transitive", paths: ["socket.io > engine.io > ws"] },
      { is: "socket.io 4.7.0", how: "direct", paths: ["socket.io"] },
      { is: "ws 7.5.9 as sockets", how: "direct", paths: ["ws"] },
      { is: "ws 6.2.2", how: "bundled", paths: [] },
      { is: "ws 8.20.0", how: "direct", paths: ["ws"] },
    ].map((each) => expect.objectContaining(each));
    expect(found(flat)).toEqual(expected);
    expect(found({ ...flat, lockfileVersion: 2 })).toEqual(expected);
  });

  it("knows the lines where packages stand", () => {
    const text = JSON.stringify(flat, null, 2);
    for (const { package: each } of findLibraries(read(text), NAMES))
      expect(text.split("\n")[each.line - 1]).toContain(`"${each.key}": {`);
  });

  it("reads version 1, whose folders are nested, by what the manifest asks for", () => {
    const lock = {
      lockfileVersion: 1,
      dependencies: {
        "socket.io": {
          version: "2.3.0",
          requires: { "engine.io": "~3.4.0" },
          dependencies: {
            "engine.io": {
              version: "3.4.0",
              requires: { ws: "^7.1.2" },
              dependencies: { ws: { version: "7.2.0" } },
            },
          },
        },
        sockets: { version: "npm:ws@8.1.0" },
        tool: { version: "1.0.0", dependencies: { ws: { version: "6.1.0", bundled: true } } },
      },
    };
    const expected = [
      "socket.io 2.3.0 direct socket.io",
      "ws 8.1.0 as sockets direct ws",
      "ws 6.1.0 bundled ",
      "engine.io 3.4.0 transitive socket.io > engine.io",
      "ws 7.2.0 transitive socket.io > engine.io > ws",
    ];
    const told = (wanted?: Readonly<Record<string, string>>) =>
      found(lock, wanted).map(({ is, how, paths }) => `${is} ${how} ${paths.join(", ")}`);
    expect(told({ "socket.io": "^2", sockets: "npm:ws@^8" })).toEqual(expected);
    // Without a manifest, what nothing else asks for is what the project does.
    expect(told()).toEqual(expected);
  });

  it.for([
    ["{", "package-lock.json is not JSON"],
    ["[]", "a lockfileVersion that is not known (1 to 3 are): none"],
    ['{ "lockfileVersion": 4 }', "a lockfileVersion that is not known (1 to 3 are): 4"],
    ['{ "lockfileVersion": "3" }', "is not known"],
    ['{ "lockfileVersion": 3 }', "lists no packages"],
  ] as const)("refuses %s: %s", ([text, problem]) => {
    expect(() => read(text)).toThrow(problem);
  });

  it("is not led astray by names that objects have by themselves", () => {
    const text =
      '{ "lockfileVersion": 3, "packages": { "": { "dependencies": { "__proto__": "1", "constructor": "1" } }, "node_modules/__proto__": { "version": "1.0.0" }, "node_modules/constructor": [] } }';
    expect([...read(text).packages.keys()]).toEqual(["node_modules/__proto__", "node_modules/constructor"]);
    expect(({} as { version?: string }).version).toBeUndefined();
  });
});
