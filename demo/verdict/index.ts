export type { Evidence } from './evidence.ts';
export { tableOf, type Row } from './table.ts';
export { stranded } from './stranded.ts';
export { isWhole, verdictOn, type Verdict } from './verdict.ts';
