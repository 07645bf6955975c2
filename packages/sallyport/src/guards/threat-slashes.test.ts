import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { createByteWalk } from "./threat-bytes.ts";
import { hasOddSign } from "./threat-sign-look.ts";
import { hasOddSlash } from "./threat-slashes.ts";

function isOdd(text: string): boolean {
  const bytes = Buffer.from(text);
  const latin1 = bytes.toString("latin1");
  return hasOddSlash({ latin1, bytes });
}

/** The same, where the places of slashes are known. */
function isOddMarked(text: string): boolean {
  const bytes = Buffer.from(text);
  const latin1 = bytes.toString("latin1");
  const { places, count } = createByteWalk().walk(bytes, latin1 === text)?.signs ?? {
    places: null,
    count: 0,
  };
  if (places === null) throw new TypeError("no walk");
  return hasOddSign({ latin1, bytes, places: places.filter((at) => bytes[at] === 0x2f), count });
}

describe("hasOddSlash", () => {
  it.each([
    "//127.0.0.1/",
    "http://[::1]/",
    "http://localhost",
    "http://LOCALHOST./",
    "http://intranet:80/",
    "http://a.internal/",
    "http://a.b.corp.",
    "http://x.nip.io/",
    "http://A.127.0.0.1.forever.REBIND.network",
    "http://example.com@127.0.0.1/",
    "http://example.com:80@x.example/",
    "http://@x.example",
    "http://%31/",
    "http://１２７.0.0.1/",
    "gopher://example.com/",
    "file:/x",
    "/:/",
    "~/x",
    "c:/x",
    "../x",
    "..;/x",
    "/etc/passwd",
    "/ETC/passwd",
    "/.git",
    "/*",
    "/\\x",
    "cmd /c dir",
  ])("stops at %s", (text) => {
    const said = `say ${text === "/:/" ? "dict:/" : text}`;
    expect([isOdd(said), isOddMarked(said)]).toEqual([true, true]);
  });

  it.each([
    "no slash",
    "/",
    "a/b",
    "//",
    "p:/x",
    "s://example.com",
    "http://example.com",
    "https://www.example.com/a/b?id=17",
    "wss://a.b.example.org/etcetera",
    "https://inside.example/",
    `https://${"a.".repeat(80)}example/`,
    "~ and a/b",
    "1/2 and/or",
    "https://example.com/a@b",
    "https://example.com?a@b".replace("@", " @"),
    "https://example.com\\",
  ])("passes %s", (text) => {
    expect([isOdd(text), isOddMarked(text)]).toEqual([false, false]);
  });
});
