import { describe, expect, it } from "vitest";
import { builtInDialects } from "./built-in-dialects.ts";

describe("builtInDialects", () => {
  it("lists every dialect, each with options that all have defaults", () => {
    const created = builtInDialects.map(({ name, options, create }) => ({
      name,
      dialect: create(options.parse({})),
    }));
    expect(created.map(({ dialect }) => dialect.name)).toEqual(created.map(({ name }) => name));
    expect(created.map(({ name }) => name)).toEqual([
      "json",
      "json-rpc",
      "graphql-transport-ws",
      "socket.io",
      "mqtt",
      "text",
      "binary",
    ]);
    const subprotocols = created.flatMap(({ dialect }) => dialect.subprotocols);
    expect(subprotocols).toEqual(["graphql-transport-ws", "mqtt", "mqttv3.1"]);
  });
});
