/** The `value` of a Cursor; undefined when there is none. */
export function cursorValue(cursor: unknown): string | undefined {
  const { value } = (cursor ?? {}) as { value?: unknown };
  return typeof value === 'string' && value !== '' ? value : undefined;
}
