import { describe, expect, it } from "vitest";
import { isPlaintextUpstream, parseUpstream } from "./upstream-url.ts";

function target(text: string): unknown {
  const parsed = parseUpstream(text, "/etc/sallyport");
  return parsed.ok ? parsed.target : parsed.mend;
}

describe("parseUpstream", () => {
  it.each([
    [
      "ws://127.0.0.1:3000",
      { kind: "tcp", secure: false, host: "127.0.0.1", port: 3000, socketPath: null, pathPrefix: "" },
    ],
    ["wss://App.internal/api/", { secure: true, host: "app.internal", port: 443, pathPrefix: "/api" }],
    ["ws://[::1]", { host: "::1", port: 80 }],
    [
      "unix:/run/app.sock",
      { kind: "unix", host: "localhost", port: 0, socketPath: "/run/app.sock", pathPrefix: "" },
    ],
    ["unix:app.sock:/api", { socketPath: "/etc/sallyport/app.sock", pathPrefix: "/api" }],
    ["unix:/run/app.sock:/", { pathPrefix: "" }],
  ])("reads %s", (text, expected) => {
    expect(target(text)).toMatchObject(expected);
  });

  it.each([
    ["http://127.0.0.1:3000", "Write: ws://127.0.0.1:3000"],
    ["https://a.example/x", "Write: wss://a.example/x"],
    ["ws://user:pass@a.example", "Take the user name and password out."],
    ["ws://a.example?x", "Take the query and the fragment out: the client's own query is passed on."],
    ["ws://a.example?", "Take the query and the fragment out: the client's own query is passed on."],
    ["ws://a.example#x", "Take the query and the fragment out: the client's own query is passed on."],
    ["unix:", "Write: unix:/run/app.sock"],
    ["unix://run/app.sock", "Write: unix:/run/app.sock"],
    ["unix:/run/app.sock:api", "Write: unix:/run/app.sock"],
    ["ftp://a.example", ""],
    ["127.0.0.1:3000", ""],
    ["", ""],
  ])("refuses %j and says what to write", (text, mend) => {
    expect(parseUpstream(text, "/")).toMatchObject({ ok: false, mend });
  });
});

describe("isPlaintextUpstream", () => {
  it.each([
    ["ws://app.internal", true],
    ["ws://10.0.0.1", true],
    ["ws://localhost:1", false],
    ["ws://[::1]:1", false],
    ["wss://app.internal", false],
    ["unix:/run/app.sock", false],
  ])("of %s is %s", (text, plaintext) => {
    const parsed = parseUpstream(text, "/");
    expect(parsed.ok && isPlaintextUpstream(parsed.target)).toBe(plaintext);
  });
});
