import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

function bench(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
}

describe('npm run bench', () => {
  test.each([
    [['puts'], 'there is no part puts; there are put, get'],
    [['--rounds', 'many'], '--rounds many is not a whole number from 1 on'],
    [['--quik'], "Unknown option '--quik'"],
  ])('measures nothing when it is called with %j', (args, words) => {
    const { status, stdout, stderr } = bench(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  test('lists its parts', () => {
    expect(bench('--help').stdout).toMatch(/^ {2}put +messages stored/m);
  });
});
