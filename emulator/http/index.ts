export type { AccessLog } from './access-log.ts';
export { byHost } from './by-host.ts';
export { openListener, type Listener } from './listener.ts';
export { readBody } from './read-body.ts';
export { regionHandler, type RegionParts } from './region-server.ts';
export { Tally } from './tally.ts';
