import type { Direction } from "../events.ts";

/** Who is told how messages are called that go on, one connection's. A host implements it. */
export interface NameSink {
  /** A message, or a part of one, of this name goes on. Asked about each: it must be quick where the name is known. */
  saw(direction: Direction, name: string): void;
}
