const READABLE = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}]/u;

/** Whether a text says why something is read: it has a letter or a digit that can be seen, and not spaces and fillers alone. */
export function isReason(text: string): boolean {
  return READABLE.test(text);
}
