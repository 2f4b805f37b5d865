export { consuming } from './consuming.ts';
export { producing } from './producing.ts';
export { retrying } from './retrying.ts';
export { switching } from './switching.ts';
export { where } from './where.ts';
export { OCI_CLI_VARIABLES, who } from './who.ts';
