export { humanLog } from './human-log.ts';
export { jsonLog } from './json-log.ts';
