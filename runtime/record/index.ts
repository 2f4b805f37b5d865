export { environmentLines, type Shell } from './environment-lines.ts';
export { exportEnv } from './export-env.ts';
export { KEYS } from './keys.ts';
export { keepRecord } from './record-keeper.ts';
export { processesOf, Presence, type SeenProcess } from './presence.ts';
export { checkRecordDirectory } from './record-directory.ts';
export { watchRecord, type RecordWatch, type RecordWatchOptions } from './record-watch.ts';
export {
  loadSecondaryStreamEndpoint,
  loadSecondaryStreamOcid,
  saveSecondaryStream,
} from './secondary-stream.ts';
export { NOTHING_RECORDED, type StreamRecord } from './stream-record.ts';
export { readWhereabouts, type Whereabouts } from './whereabouts.ts';
