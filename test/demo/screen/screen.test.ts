import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Screen } from '../../../demo/screen/screen.ts';

/** A stream that keeps what is written; with `columns` it is a terminal. */
function streamOf(columns?: number): { stream: NodeJS.WriteStream; written: () => string } {
  const stream = Object.assign(new PassThrough(), columns === undefined ? {} : { isTTY: true, columns });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    written: () => String(stream.read() ?? ''),
  };
}

describe('on a terminal', () => {
  test('status lines stay below what is printed, and are erased before the next line', () => {
    const { stream, written } = streamOf(40);
    const screen = new Screen(stream, {});
    screen.showStatus(() => [{ text: 'waiting', look: 'none' }]);
    screen.print('one');
    expect(written()).toContain('one\n\nwaiting\n');
    screen.print('two');
    expect(written()).toBe('\u001B[2A\u001B[0Jtwo\n\nwaiting\n');
    screen.clearStatus();
    expect(written()).toBe('\u001B[2A\u001B[0J');
  });

  test('a status line that is too long is cut, so that it takes one row', () => {
    const { stream, written } = streamOf(10);
    const screen = new Screen(stream, {});
    screen.showStatus(() => [{ text: 'abcdefghijklmnop', look: 'none' }]);
    screen.print();
    const longest = Math.max(
      ...written()
        .split('\n')
        .map((line) => line.length),
    );
    screen.clearStatus();
    expect(longest).toBeLessThan(10);
  });

  test.each([
    [{ TERM: 'dumb' }, 40],
    [{}, undefined],
  ])('with %o and %s columns there is no status', (environment, columns) => {
    const { stream, written } = streamOf(columns);
    const screen = new Screen(stream, environment);
    screen.showStatus(() => [{ text: 'waiting', look: 'none' }]);
    screen.print('one');
    expect(written()).toBe('one\n');
  });
});

test('a pipe has no width', () => {
  expect(new Screen(streamOf().stream, {}).columns).toBe(Infinity);
  expect(new Screen(streamOf(72).stream, {}).columns).toBe(72);
});
