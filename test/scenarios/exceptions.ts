/** Rows that have no test in a level, and why. */
export interface Exception {
  readonly because: string;
  /** `<id> <levels>`, with commas between: `F1 e, F2 s e`. */
  readonly rows: string;
}

/** A row that has a test must not stand here. */
export const EXCEPTIONS: readonly Exception[] = [
  { because: "comes with the operator's commands", rows: 'G6 e' },
];

/** Each row in each level, as `<id> <level>`, with the reason. */
export function exceptedRows(): Map<string, string> {
  return new Map(
    EXCEPTIONS.flatMap(({ because, rows }) =>
      rows.split(', ').flatMap((row) => {
        const [id = '', ...levels] = row.split(' ');
        const places = levels.length === 0 ? [id] : levels.map((level) => `${id} ${level}`);
        return places.map((place) => [place, because] as const);
      }),
    ),
  );
}
