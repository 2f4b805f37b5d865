import { describe, expect, test } from 'vitest';
import { type StepResult, runSteps, type StepContext, type Step } from '../../../demo/steps/run-steps.ts';

const never = new AbortController().signal;
const context = {} as StepContext;

function step(title: string, act: Step['run']): Step {
  return { title, waitsFor: '', withinMs: 10_000, run: act };
}

async function played(steps: readonly Step[], signals = { cancelled: never, failed: never }) {
  const told: string[] = [];
  const listener = {
    onStart: ({ title }: Step) => void told.push(title),
    onEnd: ({ happened }: StepResult) => void told.push(happened ? 'happened' : 'did not'),
  };
  return { outcomes: await runSteps(steps, context, listener, signals), told };
}

describe('a story', () => {
  test('is its steps, one after the other, each with its proof', async () => {
    const { outcomes, told } = await played([
      step('outage', async () => 'down'),
      step('heal', async () => 'up'),
    ]);
    expect(outcomes).toEqual([
      { title: 'outage', happened: true, proof: 'down' },
      { title: 'heal', happened: true, proof: 'up' },
    ]);
    expect(told).toEqual(['outage', 'happened', 'heal', 'happened']);
  });

  test('ends with the step that did not happen, by name', async () => {
    const { outcomes } = await played([
      step('outage', () => Promise.reject(new Error('the emulator answered 400'))),
      step('heal', async () => 'up'),
    ]);
    expect(outcomes).toEqual([{ title: 'outage', happened: false, why: 'the emulator answered 400' }]);
  });

  test('does not wait for ever', async () => {
    const { outcomes } = await played([{ ...step('verdict', () => new Promise(() => {})), withinMs: 20 }]);
    expect(outcomes).toEqual([{ title: 'verdict', happened: false, why: 'did not happen within 0.02 s' }]);
  });

  test('ends when a program does', async () => {
    const failed = AbortSignal.abort(new Error('the consumer ended by itself, exit code 1: no disk'));
    const { outcomes } = await played([step('drain', () => new Promise(() => {}))], {
      cancelled: never,
      failed,
    });
    expect(outcomes).toMatchObject([
      { happened: false, why: 'the consumer ended by itself, exit code 1: no disk' },
    ]);
  });

  test('is broken off when a person wants it', async () => {
    const cancelled = AbortSignal.abort(new Error('interrupted'));
    const story = played([step('drain', () => new Promise(() => {}))], { cancelled, failed: never });
    await expect(story).rejects.toThrow('interrupted');
  });
});
