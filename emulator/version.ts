import { readFileSync } from 'node:fs';

/** This file is in emulator/ of a checkout, or in dist/emulator/ of the package. */
const packageFile = new URL(
  import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json',
  import.meta.url,
);

/** The version of this package. */
export const VERSION: string = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
