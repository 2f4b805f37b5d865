import { expect, test } from 'vitest';
import { controlCall, duration, number } from '../../../emulator/commands/shared-flags.ts';

test.each([
  ['250ms', 250],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('%s are %i milliseconds', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

test.each(['', '5', '-1s', '5 s', '1w'])('"%s" is no duration', (text) => {
  expect(() => duration(text)).toThrow(`${text} is not a duration such as 250ms`);
});

test('a number is a number, and not an empty text', () => {
  expect(number(' 1e3 ')).toBe(1_000);
  expect(() => number(' ')).toThrow('is not a number');
  expect(() => number('many')).toThrow('many is not a number');
});

test('a control listener that does not answer is named, with the flag that names another', async () => {
  const call = controlCall('http://127.0.0.1:1/', 'GET', '/state', undefined);
  await expect(call).rejects.toThrow(
    'no emulator answers at http://127.0.0.1:1; start one, or name it with --control',
  );
});
