export { readSettings, type Given, type Options, type Settings } from './settings.ts';
export { sections } from './table.ts';
export type { Row } from './row.ts';
