import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderList } from "./header-list.ts";
import { parseTraceContext, serializeTraceParent } from "./trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const parse = (parent: string, ...states: string[]): ReturnType<typeof parseTraceContext> =>
  parseTraceContext(
    new HeaderList(["Traceparent", parent, ...states.flatMap((state) => ["TraceState", state])]),
  );
const stateOf = (...states: string[]): string | null | undefined =>
  parse(`00-${TRACE}-${SPAN}-01`, ...states)?.state;

describe("parseTraceContext", () => {
  it("reads a traceparent of version 0 (W3C Trace Context 3.2.2)", () => {
    const context = { traceId: TRACE, parentId: SPAN, state: null };
    expect(parse(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...context, sampled: true, random: false });
    expect(parse(` 00-${TRACE}-${SPAN}-00 `)).toEqual({ ...context, sampled: false, random: false });
    expect(parse(`00-${TRACE}-${SPAN}-03`)).toEqual({ ...context, sampled: true, random: true });
  });

  it("reads a later version as far as it knows it (3.2.4)", () => {
    expect(parse(`cc-${TRACE}-${SPAN}-01-what-comes`)?.traceId).toBe(TRACE);
    expect(parse(`01-${TRACE}-${SPAN}-01`)?.parentId).toBe(SPAN);
  });

  it.each([
    ["nothing", ""],
    ["version ff", `ff-${TRACE}-${SPAN}-01`],
    ["a version 0 that goes on", `00-${TRACE}-${SPAN}-01-more`],
    ["upper case", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["a parent id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["too few digits", `00-${TRACE.slice(1)}-${SPAN}-01`],
    ["a later version that goes on without a hyphen", `01-${TRACE}-${SPAN}-01more`],
    ["a very long one", `01-${TRACE}-${SPAN}-01-${"x".repeat(300)}`],
  ])("reads none from %s", (_name, text) => {
    expect(parse(text)).toBeNull();
  });

  it("reads none where there is none, or more than one", () => {
    const parent = ["traceparent", `00-${TRACE}-${SPAN}-01`];
    expect(parseTraceContext(new HeaderList([]))).toBeNull();
    expect(parseTraceContext(new HeaderList([...parent, ...parent]))).toBeNull();
  });

  it("joins the fields of tracestate, without empty members (3.3.1)", () => {
    expect(stateOf("rojo=00f067aa0ba902b7 ,, congo=t61rcWkgMzE", "\ta@b=c ")).toBe(
      "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,a@b=c",
    );
  });

  it.each([
    ["none", []],
    ["one without a value", ["a="]],
    ["one without a key", ["=a"]],
    ["one of words", ["a"]],
    ["a value with an equals sign", ["a=b=c"]],
    ["a key in upper case", ["A=b"]],
    ["a key twice", ["a=b", "a=c"]],
    ["a control character", ["a=b\u0001c"]],
    ["more than 32 members", [Array.from({ length: 33 }, (_, index) => `k${index}=v`).join(",")]],
    ["more than 512 characters", [`a=${"b".repeat(255)}`, `c=${"d".repeat(255)}`]],
    ["only commas", [",,,"]],
  ])("goes on without a tracestate that is %s", (_name, states) => {
    expect(stateOf(...states)).toBeNull();
  });

  it("never throws, and passes on no more than was sent", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (parent, state) => {
        const read = parse(parent, state);
        expect(read === null || (read.state ?? "").length <= state.length).toBe(true);
      }),
    );
  });
});

describe("serializeTraceParent", () => {
  it("writes what is read again", () => {
    for (const [sampled, random] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const context = { traceId: TRACE, parentId: SPAN, sampled, random };
      expect(parse(serializeTraceParent(context))).toEqual({ ...context, state: null });
    }
  });
});
