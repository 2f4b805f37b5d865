export {
  explainSettings,
  readSettings,
  type Environment,
  type Explained,
  type Given,
  type Options,
  type SettingName,
  type Settings,
} from './settings.ts';
export { REGION_NAMES } from './regions.ts';
export { sections, table } from './table.ts';
export { variablesOf, type Row } from './row.ts';
export { OCI_CLI_VARIABLES } from './sections/index.ts';
