import { expect, test } from 'vitest';
import { startEmulator } from '../../../emulator/index.ts';

test('a scenario breaks and heals regions at its times', async () => {
  const said: string[] = [];
  await using emulator = await startEmulator({
    say: (line) => said.push(line),
    scenario: {
      seed: 1,
      steps: [
        { atMs: 5000, region: 'sa-saopaulo-1', faults: { status: 500 }, say: 'down' },
        { atMs: 10_000, faults: [], say: 'well' },
      ],
    },
  });
  const status = async (region: string) =>
    (await fetch(`${emulator.regions[region]}/20180418/streams`)).status;
  expect(await status('sa-saopaulo-1')).toBe(400);
  emulator.clock.advance(5000);
  expect(await status('sa-saopaulo-1')).toBe(500);
  expect(await status('sa-vinhedo-1')).toBe(400);
  emulator.clock.advance(5000);
  expect(await status('sa-saopaulo-1')).toBe(400);
  expect(said).toEqual(['down', 'well']);
});

test('a step that moves the clock has later steps played once, in their order', async () => {
  const said: string[] = [];
  await using emulator = await startEmulator({
    say: (line) => said.push(line),
    scenario: {
      steps: [
        { atMs: 1000, advanceMs: 5000, say: 'first' },
        { atMs: 2000, say: 'second' },
        { atMs: 3000, say: 'third' },
      ],
    },
  });
  emulator.clock.advance(10_000);
  expect(said).toEqual(['first', 'second', 'third']);
});

test('the same seed makes the same chance', async () => {
  const compartments = new Set<string>();
  for (let run = 0; run < 2; run++) {
    await using emulator = await startEmulator({ scenario: { seed: 7, steps: [] } });
    compartments.add(emulator.compartmentId);
  }
  expect(compartments.size).toBe(1);
});

test.each([
  [{ steps: [{ atMs: -1 }] }, 'scenario: steps.0.atMs'],
  [{ steps: [{ atMs: 1, region: 'mars-1' }] }, 'scenario: steps.0.region: mars-1 is not a region here'],
  [{ steps: [{ atMs: 1, faults: { stauts: 500 } as never }] }, 'scenario: steps.0.faults: rule 0'],
])('refuses %j', async (scenario, message) => {
  await expect(startEmulator({ scenario })).rejects.toThrow(message);
});
