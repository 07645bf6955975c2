import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { HostOptions } from "./host-suite.ts";
import { hostNames, type HostName } from "./guarded-server.ts";

const page = readFileSync(new URL("../../../../docs/reference/hosts.md", import.meta.url), "utf8");

type Option = Exclude<keyof HostOptions, "host">;

/** The row of the page for each option of the suite, and what it says where the option is on. */
const rows: Readonly<Record<Option, { readonly row: string; readonly on: string }>> = {
  identityOnRequest: { row: "the identity as a typed value, `request.sallyport`", on: "yes" },
  leavesOtherPaths: {
    row: "plain HTTP on a path without a route",
    on: "the application's own, untouched",
  },
  asksByHttp: { row: "how the application is asked", on: "by an upgrade of HTTP; it answers in bytes" },
  bringsPings: { row: "pings and pongs of the client", on: "end to end" },
  negotiatesWithApplication: {
    row: "compression (`permessage-deflate`), inspected",
    on: "with `compression: inspect`, between the two ends",
  },
  keepsItsOwnQueue: {
    row: "what the application sends and its client does not read",
    on: "waits in the application's own memory (`bufferedAmount` grows)",
  },
  answersWhileDraining: {
    row: "new connections while it drains",
    on: "503: the server that listens is the application's",
  },
};

const options = Object.keys(rows) as Option[];

/** The options that the suite of a host is run with, as they stand in its file. */
function declaredBy(host: HostName): ReadonlyMap<string, boolean> {
  const text = readFileSync(new URL(`${host}.host.test.ts`, import.meta.url), "utf8");
  expect(text).toContain(`host: "${host}"`);
  const found = [...text.matchAll(/^ {2}(\w+): (true|false),$/gm)];
  return new Map(found.map(([, name = "", value]) => [name, value === "true"]));
}

/** The cells of a row: what it is about, the gateway, attach, listen. */
function cellsOf(row: string): Readonly<Record<HostName, string>> {
  const line = page.split("\n").find((text) => text.startsWith(`| ${row} |`)) ?? "";
  const [, , gateway = "", attach = "", listen = ""] = line.split("|").map((cell) => cell.trim());
  return { gateway, attach, listen };
}

describe("the matrix of hosts in the documents", () => {
  it("has a row for every option of the suite, and the suite has the options of each host", () => {
    for (const host of hostNames) expect([...declaredBy(host).keys()].toSorted()).toEqual(options.toSorted());
    for (const { row } of Object.values(rows))
      expect(cellsOf(row)).not.toEqual({ gateway: "", attach: "", listen: "" });
  });

  it.each(options)("says of `%s` what the suite of each host is run with", (option) => {
    const { row, on } = rows[option];
    const said = hostNames.map((host) => [host, cellsOf(row)[host] === on]);
    expect(said).toEqual(hostNames.map((host) => [host, declaredBy(host).get(option)]));
  });
});
