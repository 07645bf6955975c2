/** A block of code on a page, and the file that it is: `<!-- include PATH -->` above the fence. */
const INCLUDED = /^<!-- include (\S+) -->\n\n```(\w*)\n(?:[\s\S]*?\n)??```$/gm;

/**
 * Puts the files into a page that it names in comments, each into the block of code below its comment, so that a page shows what
 * tests have run.
 *
 * @param read the text of a file; paths from the repository's root
 */
export function includeFiles(page: string, read: (path: string) => string): string {
  return page.replaceAll(
    INCLUDED,
    (_block, path: string, language: string) =>
      `<!-- include ${path} -->\n\n\`\`\`${language}\n${read(path).trimEnd()}\n\`\`\``,
  );
}
