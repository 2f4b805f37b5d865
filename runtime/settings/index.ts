export {
  explainSettings,
  readSettings,
  type Explained,
  type Given,
  type Options,
  type SettingName,
  type Settings,
} from './settings.ts';
export { REGION_NAMES } from './regions.ts';
export { sections, table } from './table.ts';
export type { Row } from './row.ts';
