/** Rows that have no test in a level, and why. */
export interface Exception {
  readonly because: string;
  /** `<id> <levels>`, with commas between: `F1 e, F2 s e`. */
  readonly rows: string;
}

/** A row that has a test must not stand here. */
export const EXCEPTIONS: readonly Exception[] = [
  { because: 'comes with the outbox', rows: 'F1 e, F2 s e, F3 s e, F4 s e, F5 s e, F6 s e, F7 e, F8 e' },
  { because: 'comes with envelope mode', rows: 'INV-3, H12 s e, H13 s e' },
  { because: "comes with the operator's commands", rows: 'G6 e' },
  { because: 'comes with the simulator of many processes', rows: 'D12 s, G8 s' },

  // --- To be emptied when the branches of issue 11 are merged.
  {
    because: 'until the branches of issue 11 are merged',
    rows:
      'INV-7, INV-12, A3 e, A14 e, A18 e, A22 e, A24 e, B6 s, B10 e, B12 e, B13 e, C15 e, C21 e, ' +
      'C22 e, D10 e, D11 e, D13 e, D14 e, D15 e, D16 e, G2 e, G4 e, G5 e, G8 e, G9 e, I3 e, I5 e, ' +
      'I7 e, I8 e, I9 e, I10 e, I11 e, I12 e, I13 e, I14 e, I15 e, I17 e',
  },
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
