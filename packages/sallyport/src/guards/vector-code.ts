/**
 * WebAssembly put together from expressions, instruction by instruction: it has vectors of sixteen bytes, which JavaScript has not. Names
 * are those of the binary format (WebAssembly 2.0, 5.4), and of its relaxed vectors.
 */

/** Instructions, operands before the operations on them. */
export type Code = readonly (number | Code)[];

/** A whole number of 32 bits, as the type of a local. */
export const I32: number = 0x7f;
/** One of 64 bits. */
export const I64: number = 0x7e;
/** Sixteen bytes. */
export const V128: number = 0x7b;
const VOID = 0x40;

/** A number as the binary format has it (LEB128). */
export function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: bigint): number[] {
  const low = Number(value & 127n);
  const rest = value >> 7n;
  const isLast = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
  return isLast ? [low] : [low | 128, ...signed(rest)];
}

const operation =
  (...bytes: readonly number[]): Operation =>
  (...operands) => [...operands, bytes];
const vector = (opcode: number): Operation => operation(0xfd, ...unsigned(opcode));
const access =
  (...opcode: readonly number[]): Access =>
  (address, offset, ...values) => [address, ...values, opcode, 0, unsigned(offset)];

/** What a local has. */
export const get = (local: number): Code => [0x20, ...unsigned(local)];
/** Gives it a value. */
export const set = (local: number, value: Code): Code => [value, 0x21, ...unsigned(local)];

/** An operation that takes its operands from the stack. */
type Operation = (...operands: readonly Code[]) => Code;
/** One that reads or writes at an address, which needs no alignment, and a fixed offset from it. */
type Access = (address: Code, offset: number, ...values: readonly Code[]) => Code;
type Operations<Names extends string, Accesses extends string> = Readonly<
  Record<Names, Operation> & Record<Accesses, Access>
>;

/** Whole numbers of 32 bits. */
export const i32: { of(value: number): Code } & Operations<
  | "isZero"
  | "equal"
  | "differ"
  | "less"
  | "clz"
  | "ctz"
  | "count"
  | "add"
  | "subtract"
  | "multiply"
  | "and"
  | "or"
  | "xor"
  | "shiftLeft"
  | "shiftRight"
  | "wrap",
  "load" | "load8" | "load16" | "store" | "store8" | "store16"
> = {
  of: (value: number): Code => [0x41, ...signed(BigInt(value))],
  load: access(0x28),
  load8: access(0x2d),
  load16: access(0x2f),
  store: access(0x36),
  store8: access(0x3a),
  store16: access(0x3b),
  isZero: operation(0x45),
  equal: operation(0x46),
  differ: operation(0x47),
  less: operation(0x49),
  clz: operation(0x67),
  ctz: operation(0x68),
  count: operation(0x69),
  add: operation(0x6a),
  subtract: operation(0x6b),
  multiply: operation(0x6c),
  and: operation(0x71),
  or: operation(0x72),
  xor: operation(0x73),
  shiftLeft: operation(0x74),
  shiftRight: operation(0x76),
  /** The lower half of 64 bits. */
  wrap: operation(0xa7),
};

/** Whole numbers of 64 bits. */
export const i64: { of(value: bigint): Code } & Operations<
  | "isZero"
  | "equal"
  | "clz"
  | "ctz"
  | "subtract"
  | "and"
  | "or"
  | "xor"
  | "shiftLeft"
  | "shiftRight"
  | "extend",
  "load"
> = {
  of: (value: bigint): Code => [0x42, ...signed(value)],
  load: access(0x29),
  isZero: operation(0x50),
  equal: operation(0x51),
  clz: operation(0x79),
  ctz: operation(0x7a),
  subtract: operation(0x7d),
  and: operation(0x83),
  or: operation(0x84),
  xor: operation(0x85),
  shiftLeft: operation(0x86),
  shiftRight: operation(0x88),
  /** 32 bits as 64. */
  extend: operation(0xad),
};

/** Sixteen bytes. */
export const bytes16: { join(first: Code, second: Code, count: number): Code } & Operations<
  | "splat"
  | "equal"
  | "differ"
  | "lessOrEqual"
  | "and"
  | "andNot"
  | "or"
  | "hasAny"
  | "hasAll"
  | "bits"
  | "shiftSign"
  | "add"
  | "subtract"
  | "shiftLeft16"
  | "shiftRight16"
  | "lookUp",
  "load" | "store"
> = {
  load: access(0xfd, 0x00),
  store: access(0xfd, 0x0b),
  /** Bytes of the first and the second vector behind one another, from the `count` last of the first on. */
  join: (first: Code, second: Code, count: number): Code => [
    first,
    second,
    0xfd,
    0x0d,
    ...Array.from({ length: 16 }, (_, index) => 16 - count + index),
  ],
  splat: vector(0x0f),
  equal: vector(0x23),
  differ: vector(0x24),
  lessOrEqual: vector(0x2a),
  and: vector(0x4e),
  andNot: vector(0x4f),
  or: vector(0x50),
  hasAny: vector(0x53),
  /** Whether no byte is zero. */
  hasAll: vector(0x63),
  /** The highest bit of each byte. */
  bits: vector(0x64),
  shiftSign: vector(0x6c),
  add: vector(0x6e),
  subtract: vector(0x71),
  /** By sixteen bits: bits of one byte come into the next. */
  shiftLeft16: vector(0x8b),
  shiftRight16: vector(0x8d),
  /** Looks up each byte of the second, below sixteen, in the first. */
  lookUp: vector(0x100),
};

/** `body`, again as long as it ends with `again`. */
export const repeat = (...body: readonly Code[]): Code => [0x03, VOID, ...body, 0x0b];
/** Inside of `repeat`, with `depth` other constructs around it: once more, where the condition is not zero. */
export const again = (condition: Code, depth = 0): Code => [condition, 0x0d, depth];
/** `body`, where the condition is not zero. */
export const when = (condition: Code, ...body: readonly Code[]): Code => [
  condition,
  0x04,
  VOID,
  ...body,
  0x0b,
];

/** What another function of the module answers, by its place among them. */
export const call = (index: number, ...parameters: readonly Code[]): Code => [
  ...parameters,
  0x10,
  ...unsigned(index),
];

/** Numbers of the locals of a function by their names, behind its parameters; and how the format declares them. */
export function locals<Name extends string>(
  parameters: number,
  types: Readonly<Record<Name, number>>,
): { readonly at: Readonly<Record<Name, number>>; readonly declared: readonly number[] } {
  const entries = Object.entries<number>(types);
  const at = Object.fromEntries(entries.map(([name], index) => [name, parameters + index]));
  // Every name of the types is a name of the numbers.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return { at: at as Record<Name, number>, declared: entries.map(([, type]) => type) };
}

/** One function of a module. Parameters and the one result are of 32 bits. */
export interface VectorFunction {
  /** One letter. */
  readonly name: string;
  readonly parameters: number;
  /** The type of each local. */
  readonly declared: readonly number[];
  /** Leaves the result on the stack. */
  readonly body: Code;
}

const isCode = (part: number | Code): part is Code => typeof part !== "number";

function flat(code: Code): number[] {
  const out: number[] = [];
  // A deep call for each operand, and none for each byte: programs are short.
  for (const part of code) {
    if (isCode(part)) for (const byte of flat(part)) out.push(byte);
    else out.push(part);
  }
  return out;
}

const sized = (content: readonly number[]): number[] => [...unsigned(content.length), ...content];
const section = (id: number, ...content: readonly number[]): number[] => [id, ...sized(content)];

/** A module with a memory `m` of so many pages of 64 KiB, and functions. */
export function assemble(pages: number, functions: readonly VectorFunction[]): Uint8Array<ArrayBuffer> {
  const { length } = functions;
  const types = functions.flatMap(({ parameters }) => [
    0x60,
    parameters,
    ...Array.from({ length: parameters }, () => I32),
    1,
    I32,
  ]);
  const names = functions.flatMap(({ name }, index) => [1, name.charCodeAt(0), 0, index]);
  const bodies = functions.flatMap(({ declared, body }) =>
    sized([declared.length, ...declared.flatMap((type) => [1, type]), ...flat(body), 0x0b]),
  );
  return new Uint8Array([
    0x00,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, length, ...types),
    ...section(3, length, ...functions.keys()),
    ...section(5, 1, 1, ...unsigned(pages), ...unsigned(pages)),
    ...section(7, length + 1, 1, 0x6d, 2, 0, ...names),
    ...section(10, length, ...bodies),
  ]);
}

/** What a module made by `assemble` gives. */
export interface VectorModule {
  readonly memory: ArrayBuffer;
  readonly functions: Readonly<Record<string, (...numbers: number[]) => number>>;
}

/** What is needed of `WebAssembly`, which the types of Node do not declare. */
export interface Assembly {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** What this runtime has of `WebAssembly`; `null`: nothing, as under `--jitless`. */
export const assembly: Assembly | null = Reflect.get(globalThis, "WebAssembly") ?? null;

/** Makes a module run. `null`: the runtime cannot. */
export function instantiate(bytes: Uint8Array, within: Assembly | null = assembly): VectorModule | null {
  if (within === null || !within.validate(bytes)) return null;
  const { exports } = new within.Instance(new within.Module(bytes));
  // The module was made here: a memory, and functions of numbers.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const { m, ...functions } = exports as { readonly m: { readonly buffer: ArrayBuffer } } & Record<
    string,
    (...numbers: number[]) => number
  >;
  return { memory: m.buffer, functions };
}
