export { readSettings, type Environment, type Given, type Options, type Settings } from './settings.ts';
export { sections } from './table.ts';
export { variablesOf, type Row } from './row.ts';
export { OCI_CLI_VARIABLES } from './sections/index.ts';
