import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

const PROGRAM = import.meta.resolve('../../../demo/programs/program.ts');

/** Opens files until the system refuses one: then a child has no streams. */
const WITHOUT_FILES = `
  import { openSync } from 'node:fs';
  import { Program } from '${PROGRAM}';
  try { for (;;) openSync('/dev/null'); } catch {}
  const program = new Program({ name: 'p', command: 'p', directory: '.', environment: {}, onOutput() {} });
  program.writeLine('a payment');
  program.ended.catch((error) => process.stdout.write(error.message));
`;

test.skipIf(process.platform === 'win32')(
  'a program that cannot be started ends with the reason; nothing is thrown',
  async () => {
    const node = [process.execPath, '--input-type=module', '--eval', WITHOUT_FILES];
    const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...node]);
    expect(stdout).toMatch(/^spawn .* EMFILE$/);
  },
);
