import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A JDK. Without one the tests that need it are skipped, and say so. */
export const hasJava = starts('javac');
if (!hasJava) process.stderr.write('no JDK here: what java.util.Properties itself says is not tested\n');

/** `java.util.Properties` itself, compiled once for all that is asked of it. */
export class Java {
  readonly #classes = mkdtempSync(join(tmpdir(), 'java-'));

  constructor() {
    run('javac', ['-d', this.#classes, join(import.meta.dirname, 'JavaProperties.java')], '');
  }

  /** What `load` makes of each text (latin1); null: it refuses. */
  read(texts: readonly string[]): (Map<string, string> | null)[] {
    const input = texts.map((text) => `${Buffer.from(text, 'latin1').toString('hex')}\n`).join('');
    const answers = this.#java([], input).split('\n').slice(0, texts.length);
    return answers.map((answer) => (answer === 'refused' ? null : pairsOf(answer)));
  }

  /** Writes the file as the Java program does: with `store` and its first line. */
  write(file: string, pairs: Readonly<Record<string, string>>): void {
    this.#java([file, ...Object.entries(pairs).flat()], '');
  }

  [Symbol.dispose](): void {
    rmSync(this.#classes, { recursive: true });
  }

  #java(args: readonly string[], input: string): string {
    return run('java', ['-XX:TieredStopAtLevel=1', '-cp', this.#classes, 'JavaProperties', ...args], input);
  }
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

function starts(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

function run(program: string, args: readonly string[], input: string): string {
  const done = spawnSync(program, args, { input, encoding: 'latin1', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${program}: ${done.stderr}`);
  return done.stdout;
}
