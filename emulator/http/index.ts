export type { AccessLog } from './access-log.ts';
export { byHost } from './by-host.ts';
export { openListener, type Listener } from './listener.ts';
export { BodyRoom, readBody } from './read-body.ts';
export type { RegionParts } from './region-parts.ts';
export { regionHandler } from './region-server.ts';
export { Tally } from './tally.ts';
