export { readSettings, type Given, type Options, type Settings } from './settings.ts';
export { sections, table } from './table.ts';
export type { Row } from './row.ts';
