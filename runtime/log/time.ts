/** ISO 8601 in this machine's zone, with its offset from UTC: `2026-11-26T02:49:05.123-03:00`. */
export function isoWithOffset(wallMs: number): string {
  const minutesAhead = -new Date(wallMs).getTimezoneOffset();
  const local = new Date(wallMs + minutesAhead * 60_000).toISOString().slice(0, -1);
  const sign = minutesAhead < 0 ? '-' : '+';
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  return `${local}${sign}${two(Math.abs(minutesAhead) / 60)}:${two(Math.abs(minutesAhead) % 60)}`;
}
