// Where a player wants to go: by arrow keys (or WASD), or towards a finger or a mouse that is held.

import { columns, longestStep, rows, unitsPerCell } from "./frames.js";

const keys = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  KeyD: [1, 0],
  KeyW: [0, -1],
  KeyS: [0, 1],
};
/** Who lets go so soon, and no further away, has tapped. */
const tapMs = 250;
const tapUnits = unitsPerCell;
/** Who is so near has arrived: where somebody is comes a few steps late. */
const nearUnits = 12;

/** Listens on the board. `onPlant({ column, row })` is told of a tap, `onPlant(null)` of the space bar. */
export class Controls {
  #held = new Set();
  /** Where the pointer is held, in units, and since when and where; `null`: it is not. */
  #pointer = null;

  constructor(board, onPlant) {
    board.addEventListener("keydown", (event) => {
      if (event.code === "Space") {
        if (!event.repeat) onPlant(null);
      } else if (event.code in keys && !event.ctrlKey && !event.metaKey && !event.altKey) {
        this.#held.add(event.code);
      } else {
        return;
      }
      event.preventDefault();
    });
    board.addEventListener("keyup", ({ code }) => this.#held.delete(code));
    board.addEventListener("blur", () => this.#held.clear());
    board.addEventListener("pointerdown", (event) => {
      board.setPointerCapture(event.pointerId);
      const place = placeOf(board, event);
      this.#pointer = { ...place, from: place, since: event.timeStamp };
    });
    board.addEventListener("pointermove", (event) => {
      if (this.#pointer !== null) Object.assign(this.#pointer, placeOf(board, event));
    });
    board.addEventListener("pointerup", (event) => {
      if (this.#isTap(event)) onPlant(cellOf(this.#pointer.from));
      this.#pointer = null;
    });
    board.addEventListener("pointercancel", () => (this.#pointer = null));
  }

  /** The next step from here, no longer than one may be; `null`: none. */
  step({ x, y }, now) {
    let [right, down] = [0, 0];
    for (const code of this.#held) {
      right += keys[code][0] * longestStep;
      down += keys[code][1] * longestStep;
    }
    const isHeld = this.#pointer !== null && now - this.#pointer.since > tapMs;
    if (isHeld && Math.hypot(this.#pointer.x - x, this.#pointer.y - y) > nearUnits) {
      right += this.#pointer.x - x;
      down += this.#pointer.y - y;
    }
    [right, down] = [bounded(right), bounded(down)];
    return right === 0 && down === 0 ? null : { right, down };
  }

  #isTap({ timeStamp }) {
    if (this.#pointer === null || timeStamp - this.#pointer.since > tapMs) return false;
    const { x, y, from } = this.#pointer;
    return Math.hypot(x - from.x, y - from.y) <= tapUnits;
  }
}

function placeOf(board, { offsetX, offsetY }) {
  const scale = (columns * unitsPerCell) / board.clientWidth;
  return {
    x: within(offsetX * scale, columns * unitsPerCell),
    y: within(offsetY * scale, rows * unitsPerCell),
  };
}

function within(value, end) {
  return Math.round(Math.max(0, Math.min(end - 1, value)));
}

function cellOf({ x, y }) {
  return { column: Math.floor(x / unitsPerCell), row: Math.floor(y / unitsPerCell) };
}

function bounded(units) {
  return Math.max(-longestStep, Math.min(longestStep, Math.round(units)));
}
