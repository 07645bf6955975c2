// The frames of the board: a byte that says what they are, and numbers below 128. See frames.ts for the other side.

export const columns = 48;
export const rows = 30;
export const unitsPerCell = 32;
/** The longest step, in units either way. */
export const longestStep = 4;

const read = {
  0x11: (bytes) => ({ is: "roster", ...JSON.parse(new TextDecoder().decode(bytes.subarray(1))) }),
  0x12: (bytes) => ({
    is: "places",
    places: groups(bytes, 5).map(([id, xHigh, xLow, yHigh, yLow]) => ({
      id,
      x: (xHigh << 7) | xLow,
      y: (yHigh << 7) | yLow,
    })),
  }),
  0x13: (bytes) => ({
    is: "flags",
    flags: groups(bytes, 3).map(([column, row, owner]) => ({ column, row, owner })),
  }),
};

function groups(bytes, size) {
  return Array.from({ length: (bytes.length - 1) / size }, (_, index) =>
    bytes.subarray(1 + index * size, 1 + (index + 1) * size),
  );
}

/** What the game says: `roster`, `places` or `flags`; `null`: nothing that is known here. */
export function readFrame(data) {
  const bytes = new Uint8Array(data);
  return read[bytes[0]]?.(bytes) ?? null;
}

/** A step of so many units to the right and down. */
export function stepFrame(right, down) {
  return Uint8Array.of(1, right + longestStep, down + longestStep);
}

/** A flag for a cell. */
export function flagFrame(column, row) {
  return Uint8Array.of(2, column, row);
}
