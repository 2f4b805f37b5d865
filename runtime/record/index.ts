export { environmentLines, type Shell } from './environment-plan.ts';
export { exportEnv, type ExportOptions } from './export-env.ts';
export { assertRecordPlace } from './safe-file.ts';
export { KEYS, NOTHING_RECORDED, type StreamRecord } from './format.ts';
export { keepRecord } from './record-keeper.ts';
export { processesOf, Presence, type SeenProcess } from './presence.ts';
export { watchRecord, type RecordWatch, type RecordWatchOptions } from './record-watch.ts';
export { readRecordedState, type RecordedState } from './recorded-state.ts';
export {
  loadSecondaryStreamEndpoint,
  loadSecondaryStreamOcid,
  saveSecondaryStream,
} from './secondary-stream.ts';
export { NO_STATE, type RecordedPrimary, type RuntimeState } from './state-format.ts';
