const NARROWEST = 24;
const BELOW = '    ';

/** Breaks lines between words at `width` columns. A longer word gets a line of its own, which the terminal breaks. */
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
 * `text` to the right of a label of `left` columns, indented by as much. In a narrow terminal the text goes below the label.
 */
export function beside(left: number, text: string, columns: number): string {
  const room = columns - left;
  if (room >= NARROWEST) return wrapped(text, room).join(`\n${' '.repeat(left)}`);
  return ['', ...wrapped(text, Math.max(NARROWEST, columns - BELOW.length))].join(`\n${BELOW}`);
}

/** Cuts the line to `width`, with an ellipsis. */
export function shortened(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** Shortens OCIDs in the middle of their unique part, because people compare the ends. */
export function withShortOcids(text: string): string {
  return text.replaceAll(/(ocid1\.\w+\.\w+\.[\w-]*\.)\w{8,}(\w{8})/g, '$1…$2');
}
