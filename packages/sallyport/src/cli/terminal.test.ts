import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { letReadersGo } from "./terminal.ts";

describe("letReadersGo", () => {
  it("lets the reader of a pipe go, and no other error", () => {
    const stream = new PassThrough();
    letReadersGo(stream);
    const emit = (code: string) => stream.emit("error", Object.assign(new Error(code), { code }));
    expect(() => emit("EPIPE")).not.toThrow();
    expect(() => emit("ENOSPC")).toThrow("ENOSPC");
  });
});
