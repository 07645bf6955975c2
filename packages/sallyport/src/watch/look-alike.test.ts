import { describe, expect, it } from "vitest";
import { comparedHost, hostOfOrigin, looksAlike } from "./look-alike.ts";

describe("hostOfOrigin", () => {
  it("takes the host, in lower case and without its port", () => {
    expect(hostOfOrigin("https://App.Example.com:8443")).toBe("app.example.com");
    expect(["null", "", "example.com", "https://a b", "https://u@h.test"].map(hostOfOrigin)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

const alike = (host: string, known: string): boolean => looksAlike(comparedHost(host), comparedHost(known));

describe("looksAlike", () => {
  it.each([
    "app.example.com.evil.test",
    "app-example-com.evil.test",
    "app-example.com",
    "example-login.net",
    "example.net",
    "login.example.evil.test",
    "exarnple.com",
    "examp1e.com",
    "exampel.com",
    "exmple.com",
    "exxample.com",
    "exbmple.com",
    "xn--xample-2of.com",
    "xn--exmple-cua.com",
  ])("takes %s for one of app.example.com", (host) => {
    expect(alike(host, "app.example.com")).toBe(true);
  });

  it.each([
    "app.example.com",
    "staging.example.com",
    "other.test",
    "localhost",
    "192.0.2.1",
    "[2001:db8::1]",
    "samples.test",
    "app-example-com.translate.goog",
    "xn--mller-kva.de",
  ])("does not take %s for one of app.example.com", (host) => {
    expect(alike(host, "app.example.com")).toBe(false);
  });

  it("compares a short name as a whole alone", () => {
    expect(alike("acid.test", "ac.me")).toBe(false);
    expect(alike("ac.me.evil.test", "ac.me")).toBe(true);
    expect(alike("example.com", "localhost")).toBe(false);
  });
});
