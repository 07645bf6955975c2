import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { satisfies, valid } from "semver";
import { describe, expect, it } from "vitest";
import { cvssScore, severityOf } from "../cvss-score.ts";
import { loadAdvisories, parseAdvisories, shippedAdvisories } from "./advisories.ts";
import { advisoriesOf, safeVersions } from "./judge-version.ts";
import { serializeAdvisories } from "./update-advisories.ts";

const known = await loadAdvisories(shippedAdvisories);
const idsOf = (name: string, version: string) => advisoriesOf(name, version, known)?.map(({ ids }) => ids[0]);

describe("the advisories of the package", () => {
  const text = readFileSync(shippedAdvisories, "utf8");

  it("are of their schema, and as they are written by an update", () => {
    const ajv = new Ajv({ allErrors: true });
    const schema: object = JSON.parse(
      readFileSync(new URL("../../advisories.schema.json", import.meta.url), "utf8"),
    );
    ajv.validate(schema, JSON.parse(text));
    expect(ajv.errors).toBeNull();
    expect(ajv.validate(schema, { version: 2 })).toBe(false);
    expect(JSON.parse(serializeAdvisories(known))).toEqual(JSON.parse(text));
  });

  it("are many, of libraries that are looked for, each once", () => {
    expect(known.advisories.length).toBeGreaterThanOrEqual(60);
    const keys = known.advisories.map((advisory) => `${advisory.package} ${advisory.ids[0]}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(known.advisories.filter((advisory) => !known.libraries.has(advisory.package))).toEqual([]);
  });

  it("call mended what is not affected", () => {
    const wrong = known.advisories.flatMap(({ ids, affected, fixed }) =>
      fixed
        .filter((version) => affected.some((range) => satisfies(version, range)))
        .map((version) => `${ids[0]}: ${version}`),
    );
    expect(wrong).toEqual([]);
  });

  it("have the severity of their vector, but for one that its database calls less", () => {
    const other = known.advisories.filter(({ severity, cvss }) => severityOf(cvssScore(cvss)) !== severity);
    expect(other.map(({ ids }) => ids[0])).toEqual(["GHSA-h4j5-c7cj-74xg"]);
  });

  it("know the newest versions as versions, none of them affected where the line is kept up", () => {
    const versions = [...known.libraries.values()].flat();
    expect(versions.filter((version) => valid(version) === null)).toEqual([]);
    for (const [name, version] of [
      ["ws", "8.23.0"],
      ["socket.io", "4.8.4"],
      ["engine.io", "6.6.13"],
      ["undici", "8.13.1"],
    ] as const)
      expect(idsOf(name, version)).toEqual([]);
  });
});

describe("advisoriesOf", () => {
  it.for([
    ["ws", "8.20.1", ["GHSA-96hv-2xvq-fx4p", "CVE-2026-62389"]],
    ["ws", "8.21.0", ["CVE-2026-62389"]],
    ["ws", "7.5.11", ["CVE-2026-62389"]],
    ["ws", "7.5.12", []],
    ["socket.io-parser", "4.2.5", ["CVE-2026-69185", "GHSA-677m-j7p3-52f9"]],
    ["websocket-driver", "0.7.4", ["GHSA-xv26-6w52-cph6"]],
    ["vite", "6.0.8", ["GHSA-p9ff-h696-f583", "GHSA-vg6x-rcgg-rjx6"]],
    ["next", "16.1.6", ["GHSA-c4j6-fc7j-m34r", "GHSA-jcc7-9wpm-mj36"]],
    ["undici", "7.27.0", ["GHSA-vxpw-j846-p89q"]],
    ["fastify-websocket", "4.3.0", ["GHSA-4pcg-wr6c-h9cq"]],
    ["left-pad", "1.0.0", []],
  ] as const)("finds what %s %s is under", ([name, version, ids]) => {
    expect(idsOf(name, version)?.sort()).toEqual([...ids].sort());
  });

  it("cannot tell of what is no version", () => {
    expect(idsOf("ws", "github:websockets/ws#main")).toBeUndefined();
  });
});

describe("safeVersions", () => {
  it.for([
    ["ws", "8.17.0", { sameMajor: "8.23.0", newest: "8.23.0" }],
    ["ws", "7.4.5", { sameMajor: "7.5.14", newest: "8.23.0" }],
    // Of the major of 4.1.0 nothing is mended.
    ["ws", "4.1.0", { sameMajor: null, newest: "8.23.0" }],
    ["fastify-websocket", "4.3.0", { sameMajor: null, newest: null }],
    ["ws", "file:x", { sameMajor: null, newest: "8.23.0" }],
  ] as const)("of %s %s are %j", ([name, version, expected]) => {
    expect(safeVersions(name, version, known)).toEqual(expected);
  });
});

describe("parseAdvisories", () => {
  const advisory = {
    ids: ["CVE-2026-1"],
    package: "ws",
    affected: ["<1"],
    fixed: ["1.0.0"],
    severity: "high",
    cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    summary: "It falls",
    source: "https://example.com/",
  };
  const file = (changed: object, others: object = {}) =>
    JSON.stringify({
      version: 1,
      checked: "2026-11-30",
      libraries: { ws: [] },
      advisories: [{ ...advisory, ...changed }],
      ...others,
    });

  it("reads what is whole", () => {
    expect(parseAdvisories(file({})).advisories).toHaveLength(1);
  });

  it.for([
    ["{", "are not JSON"],
    ['{ "version": 2 }', "of a version that is not known"],
    [file({}, { checked: "soon" }), "do not say when they were `checked`"],
    [file({}, { libraries: {} }), "name no `libraries`"],
    [file({}, { advisories: {} }), "have no list"],
    [file({ ids: [] }), "advisories[0] needs its `ids`"],
    [file({ affected: ["soon"] }), "advisories[0] has a range that npm does not know: soon"],
    [file({ affected: [] }), "advisories[0] has a range"],
    [file({ fixed: ["1"] }), "advisories[0] has a version that is none: 1"],
    [file({ severity: "bad" }), "advisories[0] needs a `severity`"],
    [file({ cvss: "CVSS:4.0/AV:N" }), "is no vector of CVSS 3.1"],
    [file({ source: "http://example.com/" }), "needs an https: address"],
    [file({ package: "" }), "advisories[0] needs a `package`"],
  ])("refuses %s: %s", ([text = "", problem = ""]) => {
    expect(() => parseAdvisories(text)).toThrow(problem);
  });
});
