const WORD = /\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+)/gy;
const PART = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"']+)/g;

/**
 * The words of a command, as a shell takes simple ones: at spaces, with single and double quotes around what stays together. No shell runs,
 * so that nothing else in it has a meaning. Throws an error where a quote has no end, or nothing is there.
 */
export function splitCommand(text: string): readonly string[] {
  const words: string[] = [];
  WORD.lastIndex = 0;
  let end = 0;
  for (let found = WORD.exec(text); found !== null; found = WORD.exec(text)) {
    words.push(unquoted(found[1] ?? ""));
    end = WORD.lastIndex;
  }
  if (text.slice(end).trim() !== "") throw new Error(`a quote in ${JSON.stringify(text)} has no end`);
  if (words.length === 0) throw new Error("a command is expected, such as 'node my-client.js {url}'");
  return words;
}

function unquoted(word: string): string {
  return word.replaceAll(
    PART,
    (_, double: string | undefined, single: string | undefined, plain: string | undefined) =>
      double?.replaceAll(/\\(["\\])/g, "$1") ?? single ?? plain ?? "",
  );
}
