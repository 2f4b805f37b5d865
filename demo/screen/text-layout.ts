const NARROWEST = 24;
const BELOW = '    ';

/** Lines of at most `width` columns, broken between words. A longer word stands alone: the terminal breaks it. */
export function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (longer.length <= width || line === '') line = longer;
      else {
        lines.push(line);
        line = word;
      }
    }
    return [...lines, line];
  });
}

/**
 * `text` to the right of something that is `left` columns wide, indented as far; below that where the terminal is too narrow.
 */
export function beside(left: number, text: string, columns: number): string {
  const room = columns - left;
  if (room >= NARROWEST) return wrapped(text, room).join(`\n${' '.repeat(left)}`);
  return ['', ...wrapped(text, Math.max(NARROWEST, columns - BELOW.length))].join(`\n${BELOW}`);
}

/** The beginning of a line, as much as fits; with an ellipsis where something is missing. */
export function shortened(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** An OCID without the middle of its unique part: people compare the ends. */
export function withShortOcids(text: string): string {
  return text.replaceAll(/(ocid1\.\w+\.\w+\.[\w-]*\.)\w{8,}(\w{8})/g, '$1…$2');
}
