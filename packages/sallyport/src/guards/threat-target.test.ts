import { describe, expect, it } from "vitest";
import { findTargets } from "./threat-target.ts";

describe("findTargets", () => {
  it.each([
    ["http://127.0.0.1:8080/x", "whole http://127.0.0.1:8080/"],
    ["http://0x7f.1/", "whole http://127.0.0.1/"],
    ["http://2130706433", "whole http://127.0.0.1/"],
    ["http://0177.0.0.1/", "whole http://127.0.0.1/"],
    ["//localhost./admin", "whole http://localhost/"],
    ["http:\\\\127.0.0.1\\a", "whole http://127.0.0.1/"],
    ["http://a@127.0.0.1#x", "whole http://127.0.0.1/"],
    ["ftp://127.1/", "whole ftp://127.0.0.1/"],
    ["redis://0x7f000001:6379", "whole redis://127.0.0.1:6379/"],
    ["http://[::ffff:7f00:1]/", "whole http://127.0.0.1/"],
    ["http://[::ffff:0:127.0.0.1]/", "whole http://127.0.0.1/"],
    ["http://[::127.0.0.1]/", "whole http://127.0.0.1/"],
    ["http://[64:ff9b::7f00:1]/", "whole http://127.0.0.1/"],
    ["http://[2002:7f00:1::]/", "whole http://127.0.0.1/"],
    ["http://[::1]/", "whole http://[::1]/"],
    ["http://[fd00:ec2::254]/", "whole http://[fd00:ec2::254]/"],
    ["http://①②⑦.⓪.⓪.①/", "whole http://127.0.0.1/"],
    ["?url=//localhost/x", "part http://localhost/"],
    ["see http://example.com/a for it", "text http://example.com/"],
  ])("finds in %s: %s", (value, target) => {
    expect(findTargets(value)).toContain(target);
  });

  it.each([
    "a: b",
    "mailto:a@b.example",
    "data:image/png;base64,AA==",
    "http://",
    "http://[::1",
    "no url = here",
    "==//",
  ])("finds nothing in %s", (value) => {
    expect(findTargets(value)).toEqual([]);
  });
});
