import { log } from '@pulumi/pulumi';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withProgress } from '../../infra/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(log, 'info').mockResolvedValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const said = () => vi.mocked(log.info).mock.calls.map(([words]) => words);

it('J4: says what it waits for after 5, 10, 20 and 40 s, and hands on what came', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const waited = withProgress('sa-vinhedo-1 to list its streams', promise);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(said()).toEqual([]);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(said()).toEqual(
    [5, 10, 20, 40].map((s) => `Still waiting for sa-vinhedo-1 to list its streams (${s} s so far).`),
  );
  resolve('there');
  expect(await waited).toBe('there');
  await vi.advanceTimersByTimeAsync(600_000);
  expect(said()).toHaveLength(4);
});

it('J4: says nothing of what fails at once, and hands the failure on', async () => {
  await expect(withProgress('it', Promise.reject(new Error('503')))).rejects.toThrow('503');
  await vi.advanceTimersByTimeAsync(600_000);
  expect(said()).toEqual([]);
});
