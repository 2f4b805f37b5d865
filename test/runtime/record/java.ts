import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'JavaProperties.java');

/** A JDK 17 or later, which runs a source file. Without one the tests that need it are skipped, and say so. */
export const hasJava = spawnSync('java', ['--source', '17', '--version']).status === 0;
if (!hasJava) process.stderr.write('no java 17 here: what java.util.Properties itself says is not tested\n');

/** What `java.util.Properties.load` makes of each text (latin1); null: it refuses. */
export function readByJava(texts: readonly string[]): (Map<string, string> | null)[] {
  const input = texts.map((text) => `${Buffer.from(text, 'latin1').toString('hex')}\n`).join('');
  const answers = java([], input).split('\n').slice(0, texts.length);
  return answers.map((answer) => (answer === 'refused' ? null : pairsOf(answer)));
}

/** Writes the file as the Java program does: `Properties.store`, with its first line. */
export function writeByJava(file: string, pairs: Readonly<Record<string, string>>): void {
  java([file, ...Object.entries(pairs).flat()], '');
}

function pairsOf(answer: string): Map<string, string> {
  const pairs = answer === '' ? [] : answer.split(',');
  return new Map(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.split('=').map(fromHex);
      return [key, value];
    }),
  );
}

function fromHex(hex: string): string {
  return (hex.match(/.{4}/g) ?? []).map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join('');
}

function java(args: readonly string[], input: string): string {
  const done = spawnSync('java', ['-Xshare:auto', PROGRAM, ...args], {
    input,
    encoding: 'latin1',
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) throw new Error(`java: ${done.stderr}`);
  return done.stdout;
}
