/** A part of a sentence. */
export interface CodedPart {
  readonly text: string;
  readonly isCode: boolean;
}

/** Takes a sentence of the gate's own apart: what stands between two backquotes is code. One that has no other stands for itself. */
export function codedParts(sentence: string): readonly CodedPart[] {
  const parts = sentence.split("`");
  const rest = parts.length % 2 === 0 ? `\`${parts.pop()}` : "";
  return parts
    .map((text, index) => ({
      text: index === parts.length - 1 ? text + rest : text,
      isCode: index % 2 === 1,
    }))
    .filter(({ text }) => text !== "");
}
