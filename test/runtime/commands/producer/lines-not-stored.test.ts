import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  FailedLines,
  LinesNotStored,
  rangesOf,
} from '../../../../runtime/commands/producer/lines-not-stored.ts';
import type { Note } from '../../../../runtime/log/log.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

test('I14: line numbers are told as ranges', () => {
  expect(rangesOf([3, 1, 2, 9, 7, 8, 12])).toBe('1-3, 7-9, 12');
});

test('I14: lines of one source and one reason are told together', async () => {
  const clock = new VirtualClock();
  const notes: Note[] = [];
  const lines = new LinesNotStored(clock, (note) => notes.push(note));
  for (const line of [1, 2]) lines.add({ source: 'a', line }, 'too long');
  lines.add({ source: 'a', line: 4 }, 'not JSON');
  lines.add({ source: 'b', line: 1 }, 'too long');
  expect(notes).toEqual([]);
  await clock.pass(1_000);
  expect(notes.flatMap((note) => note.lines)).toEqual([
    'lines 1-2 of a: not stored: too long',
    'line 4 of a: not stored: not JSON',
    'line 1 of b: not stored: too long',
  ]);
});

describe('the file of --failed', () => {
  const ending = Buffer.from('\n');

  function inDirectory(run: (directory: string) => void): void {
    const directory = mkdtempSync(join(tmpdir(), 'failed-lines-'));
    try {
      run(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  test('I11: lines that come while a long line is written in parts follow it', () => {
    inDirectory((directory) => {
      const file = join(directory, 'f');
      const lines = new FailedLines(file, ending, 1);
      lines.add(Buffer.from('a'));
      lines.addPart(Buffer.from('lo'), false);
      lines.add(Buffer.from('b'));
      lines.addPart(Buffer.from('ng'), true);
      lines.finish();
      lines.finish();
      expect(readFileSync(file, 'utf8')).toBe('a\nlong\nb\n');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readdirSync(directory)).toEqual(['f']);
    });
  });

  test('I11: the file that a link names is replaced, not the link, and keeps its mode', () => {
    inDirectory((directory) => {
      writeFileSync(join(directory, 'real'), 'old\n', { mode: 0o644 });
      symlinkSync('real', join(directory, 'link'));
      const lines = new FailedLines(join(directory, 'link'), ending, 1);
      lines.add(Buffer.from('new'));
      lines.finish();
      expect(readFileSync(join(directory, 'real'), 'utf8')).toBe('new\n');
      expect(statSync(join(directory, 'real')).mode & 0o777).toBe(0o644);
      expect(readdirSync(directory).toSorted()).toEqual(['link', 'real']);
    });
  });

  test('I11: a run that read nothing leaves the file as it was', () => {
    inDirectory((directory) => {
      const file = join(directory, 'f');
      writeFileSync(file, 'old\n');
      new FailedLines(file, ending, 1).discard();
      expect(readFileSync(file, 'utf8')).toBe('old\n');
      expect(readdirSync(directory)).toEqual(['f']);
    });
  });

  test('I6: a directory, and a place that is not there, are refused before anything is sent', () => {
    inDirectory((directory) => {
      mkdirSync(join(directory, 'd'));
      expect(() => new FailedLines(join(directory, 'd'), ending, 1)).toThrow(/it is a directory/);
      expect(() => new FailedLines(join(directory, 'no', 'f'), ending, 1)).toThrow(
        /its directory does not exist/,
      );
    });
  });

  test.skipIf(process.platform === 'win32')(
    'I6: a pipe that no process reads is refused, and stays a pipe',
    () => {
      inDirectory((directory) => {
        const pipe = join(directory, 'pipe');
        execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
        expect(() => new FailedLines(pipe, ending, 1)).toThrow(/a pipe that no process reads/);
        expect(statSync(pipe).isFIFO()).toBe(true);
        expect(readdirSync(directory)).toEqual(['pipe']);
      });
    },
  );
});
