/**
 * Finds the lines of what a file says, in the order in which it says it: from where the last was found on, so that a large file is read once.
 * What is not found stands at line 1.
 */
export function lineFinder(text: string): (needle: string) => number {
  let from = 0;
  let line = 1;
  return (needle) => {
    const at = text.indexOf(needle, from);
    if (at === -1) return 1;
    for (let end = text.indexOf("\n", from); end !== -1 && end < at; end = text.indexOf("\n", end + 1))
      line += 1;
    from = at;
    return line;
  };
}
