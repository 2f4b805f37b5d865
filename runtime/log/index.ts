export { EVENT_LIST } from './event-list.ts';
export type { Level } from './lines.ts';
export { openLog, type Log, type LogFormat, type Note, type Threshold } from './log.ts';
export { isoWithOffset } from './time.ts';
export { SwitchNews } from './switch-news.ts';
