import { describe, expect, it } from "vitest";
import { parseNetworkAddress } from "./network-address.ts";

describe("parseNetworkAddress", () => {
  it.each([
    ["127.0.0.1:8443", { host: "127.0.0.1", port: 8443 }],
    ["LocalHost:0", { host: "localhost", port: 0 }],
    ["[::1]:443", { host: "::1", port: 443 }],
    ["0.0.0.0:65535", { host: "0.0.0.0", port: 65_535 }],
  ])("reads %s", (text, address) => {
    expect(parseNetworkAddress(text)).toEqual(address);
  });

  it.each([
    "",
    "127.0.0.1",
    ":80",
    "127.1:80",
    "1.2.3.4:65536",
    "[1.2.3.4]:80",
    "::1:80",
    "a b:80",
    "http://a:80",
    "a:-1",
  ])("refuses %j", (text) => {
    expect(parseNetworkAddress(text)).toBeNull();
  });
});
