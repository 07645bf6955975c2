import { BEFORE, DOTS, byteKinds, LENGTHS, places, WINDOW } from "./leak-sieve-layout.ts";
import { append } from "./leak-sieve-words-program.ts";
import {
  again,
  get,
  I32,
  i32,
  I64,
  i64,
  locals,
  repeat,
  set,
  when,
  type Code,
  type VectorFunction,
} from "./vector-code.ts";

/** Of what separates groups, and is no space: a bit of `separator`. */
const SIGN_BIT = byteKinds.separator + 1;
const WINDOW_BITS = ((1n << BigInt(WINDOW)) - 1n) << 8n;

const right = (value: Code, bits: number): Code => i64.shiftRight(value, i64.of(BigInt(bits)));
const left = (value: Code, bits: number): Code => i64.shiftLeft(value, i64.of(BigInt(bits)));
const not = (value: Code): Code => i64.xor(value, i64.of(-1n));
const inWindow = (value: Code): Code => i64.and(value, i64.of(WINDOW_BITS));
/** 57 bits and more from a place on. */
const from = (address: number, place: Code): Code =>
  i64.shiftRight(i64.load(i32.shiftRight(place, i32.of(3)), address), i64.extend(i32.and(place, i32.of(7))));
const groupsFrom = (place: Code): Code => i64.or(from(places.digits, place), from(places.capitals, place));
const lengthOf = (groups: Code): Code => i32.wrap(i64.ctz(not(groups)));
const isShort = (value: Code): Code => i32.less(value, i32.of(LENGTHS));

/**
 * `n(end, out, limit)`: where numbers and codes may begin, by what `c` has told of every byte; and two dots with six characters between
 * them, which it writes behind the words. Answers where that list ends.
 */
export function numberProgram(): VectorFunction {
  const [end, out, limit] = [0, 1, 2];
  const { at: l, declared } = locals(3, {
    at: I32,
    place: I32,
    size: I32,
    next: I32,
    known: I32,
    count: I32,
    digits: I64,
    capitals: I64,
    signs: I64,
    groups: I64,
    between: I64,
    starts: I64,
    pairs: I64,
    found: I64,
    own: I64,
    ownCapitals: I64,
  });
  const emit = (place: Code): Code => [
    set(l.count, i32.add(get(l.count), i32.of(1))),
    set(l.place, place),
    i32.store8(
      i32.shiftRight(get(l.place), i32.of(3)),
      places.seen,
      i32.or(
        i32.load8(i32.shiftRight(get(l.place), i32.of(3)), places.seen),
        i32.shiftLeft(i32.of(1), i32.and(get(l.place), i32.of(7))),
      ),
    ),
  ];
  /** Does something with the place of each bit that is found. */
  const each = (found: Code, ...body: readonly Code[]): Code => [
    set(l.found, found),
    when(
      i32.isZero(i64.isZero(get(l.found))),
      repeat(
        set(l.place, i32.add(get(l.at), i32.subtract(i32.wrap(i64.ctz(get(l.found))), i32.of(8)))),
        ...body,
        set(l.found, i64.and(get(l.found), i64.subtract(get(l.found), i64.of(1n)))),
        again(i32.isZero(i64.isZero(get(l.found)))),
      ),
    ),
  ];
  const emitPlace = emit(get(l.place));
  const mask = i64.subtract(i64.shiftLeft(i64.of(1n), i64.extend(get(l.size))), i64.of(1n));
  /** Not zero where a dash or a dot with a group beyond it stands beside a number: then it is none of its own. */
  const isJoined = (separator: Code, beyond: Code): Code =>
    i32.and(
      i32.shiftRight(i32.load8(i32.load8(separator, places.input), places.kinds), i32.of(SIGN_BIT)),
      i32.wrap(groupsFrom(beyond)),
    );
  const end1 = i32.add(get(l.place), get(l.size));
  const isAlone = i32.isZero(
    i32.and(
      i32.or(
        i32.or(
          isJoined(i32.subtract(get(l.place), i32.of(1)), i32.subtract(get(l.place), i32.of(2))),
          isJoined(end1, i32.add(end1, i32.of(1))),
        ),
        i32.shiftRight(i32.load8(i32.load8(end1, places.input), places.kinds), i32.of(1)),
      ),
      i32.of(1),
    ),
  );
  const lone: Code = [
    set(l.own, from(places.digits, get(l.place))),
    set(l.ownCapitals, from(places.capitals, get(l.place))),
    set(l.size, lengthOf(i64.or(get(l.own), get(l.ownCapitals)))),
    when(
      i32.and(isShort(get(l.size)), isAlone),
      when(
        i64.isZero(i64.and(get(l.ownCapitals), mask)),
        when(
          i32.and(
            i32.shiftRight(
              i32.load16(i32.shiftLeft(get(l.size), i32.of(1)), places.alone),
              i32.subtract(i32.load8(get(l.place), places.input), i32.of(0x30)),
            ),
            i32.of(1),
          ),
          emitPlace,
        ),
      ),
      when(
        i32.and(
          i32.load8(get(l.size), places.lettered),
          i32.and(
            i32.isZero(i64.isZero(i64.and(get(l.ownCapitals), mask))),
            i32.isZero(i64.isZero(i64.and(get(l.own), mask))),
          ),
        ),
        emitPlace,
      ),
    ),
  ];
  const next = i32.add(get(l.place), i32.of(1));
  const pair: Code = [
    // What stands before the sign, from its end: forty bits, the last as the highest.
    set(l.size, i32.wrap(i64.clz(not(left(groupsFrom(i32.subtract(get(l.place), i32.of(40))), 24))))),
    set(l.own, groupsFrom(next)),
    set(l.next, lengthOf(get(l.own))),
    when(
      i32.and(isShort(get(l.size)), isShort(get(l.next))),
      set(
        l.known,
        i32.load8(
          i32.or(
            i32.or(
              i32.shiftLeft(get(l.size), i32.of(7)),
              i32.shiftLeft(
                i32.shiftRight(
                  i32.load8(i32.load8(get(l.place), places.input), places.kinds),
                  i32.of(byteKinds.separator),
                ),
                i32.of(5),
              ),
            ),
            get(l.next),
          ),
          places.begins,
        ),
      ),
      when(
        i32.or(
          i32.and(get(l.known), i32.of(1)),
          i32.and(
            i32.shiftRight(get(l.known), i32.of(1)),
            i32.wrap(
              i64.and(
                i64.shiftRight(from(places.signs, next), i64.extend(get(l.next))),
                i64.shiftRight(get(l.own), i64.extend(i32.add(get(l.next), i32.of(1)))),
              ),
            ),
          ),
        ),
        emit(i32.subtract(get(l.place), get(l.size))),
      ),
    ),
  ];
  const runs = (value: number, groups: Code, bits: number): Code =>
    set(value, i64.and(groups, right(groups, bits)));
  const numbers: Code = [
    set(l.capitals, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.capitals - 1)),
    set(l.signs, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.signs - 1)),
    set(l.groups, i64.or(get(l.digits), get(l.capitals))),
    set(l.between, inWindow(i64.and(get(l.signs), i64.and(left(get(l.groups), 1), right(get(l.groups), 1))))),
    set(l.starts, inWindow(i64.and(get(l.groups), not(left(get(l.groups), 1))))),
    runs(l.own, get(l.groups), 1),
    runs(l.own, get(l.own), 2),
    runs(l.own, get(l.own), 4),
    each(i64.and(get(l.starts), get(l.own)), lone),
    each(get(l.between), pair),
    each(
      i64.and(
        i64.and(get(l.starts), i64.and(get(l.capitals), right(get(l.capitals), 1))),
        i64.and(right(get(l.digits), 2), right(get(l.digits), 3)),
      ),
      emitPlace,
    ),
  ];
  const body: Code = [
    set(l.at, i32.of(BEFORE)),
    repeat(
      set(l.digits, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.digits - 1)),
      set(l.pairs, i64.load(i32.shiftRight(get(l.at), i32.of(3)), places.dots - 1)),
      each(
        inWindow(i64.and(get(l.pairs), right(get(l.pairs), 7))),
        append({ out, limit }, get(l.place), i32.of(DOTS)),
      ),
      when(i32.isZero(i64.isZero(get(l.digits))), numbers),
      set(l.at, i32.add(get(l.at), i32.of(WINDOW))),
      again(i32.less(get(l.at), get(end))),
    ),
    i32.store(i32.of(0), places.numbers, get(l.count)),
    get(out),
  ];
  return { name: "n", parameters: 3, declared, body };
}
