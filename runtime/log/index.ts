export { EVENT_LIST } from './event-list.ts';
export { openLog, type Log, type LogFormat, type Note } from './log.ts';
export { SwitchNews } from './switch-news.ts';
