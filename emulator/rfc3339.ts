/**
 * Milliseconds since 1970 of an RFC 3339 time with 0 to 9 digits of a second's fraction and `Z` or an offset; undefined for
 * what is none. A day that is in no calendar is none: `Date` would take it for one of the next month.
 */
export function timeOf(text: string): number | undefined {
  const day = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.exec(text)?.[1];
  const time = Date.parse(text);
  if (day === undefined || Number.isNaN(time)) return undefined;
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? time : undefined;
}
