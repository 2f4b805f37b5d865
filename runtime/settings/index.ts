export type { ConsumerOptions } from './consumer.ts';
export { REGION_NAMES } from './known-names.ts';
export type { ProducerOptions } from './producer.ts';
export { flagOf, SECTIONS, variablesOf, type Row } from './row.ts';
export {
  assertEndpointsUsed,
  COMMAND_LINE,
  explainSettings,
  isSet,
  optionsAsFlags,
  readSettings,
  SETTINGS_OF,
  table,
  type Environment,
  type Exact,
  type Explained,
  type Given,
  type Options,
  type SettingName,
  type Settings,
  type SettingsReader,
} from './settings.ts';
