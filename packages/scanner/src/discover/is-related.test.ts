import { describe, expect, it } from "vitest";
import { isRelated } from "./is-related.ts";

describe("isRelated", () => {
  it.for([
    ["app.example.com", "app.example.com", true],
    ["app.example.com", "ws.app.example.com", true],
    ["app.example.com", "ws.example.com", true],
    ["app.shop.co.uk", "ws.shop.co.uk", true],
    ["shop.co.uk", "other.co.uk", false],
    ["app.example.com", "ws.pusher.com", false],
    ["example.com", "example.org", false],
    ["localhost", "127.0.0.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["1.2.0.1", "9.9.0.1", false],
    ["localhost", "app.example.com", false],
  ] as const)("of %s and %s", ([one, other, is]) => {
    expect([isRelated(one, other), isRelated(other, one)]).toEqual([is, is]);
  });
});
