import { expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** Of a call that lacks its compartment: 400 when all is well. */
async function status(emulator: Emulator, region: string): Promise<number> {
  return (await fetch(`${emulator.regions[region]}/20180418/streams`)).status;
}

async function post(url: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

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
  expect(await status(emulator, 'sa-saopaulo-1')).toBe(400);
  emulator.clock.advance(5000);
  expect(await status(emulator, 'sa-saopaulo-1')).toBe(500);
  expect(await status(emulator, 'sa-vinhedo-1')).toBe(400);
  emulator.clock.advance(5000);
  expect(await status(emulator, 'sa-saopaulo-1')).toBe(400);
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

test('a step that the clock was moved past counts from its own time', async () => {
  await using emulator = await startEmulator({
    scenario: {
      steps: [
        { atMs: 10_000, region: 'sa-saopaulo-1', faults: { status: 500, forMs: 5000 } },
        { atMs: 10_000, region: 'sa-vinhedo-1', faults: { status: 500, forMs: 20_000 } },
      ],
    },
  });
  emulator.clock.advance(25_000);
  expect(await status(emulator, 'sa-saopaulo-1')).toBe(400);
  expect(await status(emulator, 'sa-vinhedo-1')).toBe(500);
  emulator.clock.advance(5000);
  expect(await status(emulator, 'sa-vinhedo-1')).toBe(400);
});

test('steps that wait for a cue take their times from it, as often as it is given', async () => {
  const said: string[] = [];
  await using emulator = await startEmulator({
    say: (line) => said.push(line),
    scenario: {
      steps: [
        { cue: 'outage', say: 'down', faults: { status: 500 } },
        { cue: 'outage', atMs: 3000, say: 'well', faults: [] },
      ],
    },
  });
  const give = (cue: string) => fetch(`${emulator.control}/cues/${cue}`, { method: 'POST' });
  emulator.clock.advance(60_000);
  expect(said).toEqual([]);

  expect((await give('outage')).status).toBe(200);
  expect(await status(emulator, 'sa-vinhedo-1')).toBe(500);
  emulator.clock.advance(3000);
  expect(await status(emulator, 'sa-vinhedo-1')).toBe(400);
  await emulator.cue('outage');
  emulator.clock.advance(3000);
  expect(said).toEqual(['down', 'well', 'down', 'well']);

  const unknown = await give('heal');
  expect([unknown.status, await unknown.json()]).toEqual([
    400,
    { message: 'heal is not a cue of the scenario; there are outage' },
  ]);
});

test('an emulator that is closed while a step is under way starts no later step, which would keep its process alive', async () => {
  const clock = new VirtualClock();
  const emulator = await startEmulator({
    clock: { now: () => clock.wall(), after: (ms, task) => clock.after(ms, task), random: () => 0.5 },
    scenario: {
      steps: [
        { cue: 'outage', faults: { refuse: true } },
        { cue: 'outage', atMs: 3_000, faults: [] },
      ],
    },
  });
  const given = emulator.cue('outage');
  await emulator.close();
  await given;
  expect(clock.timers).toBe(0);
});

/** Which of 40 puts to São Paulo failed, and where the others went; `noise` is what else is called. */
async function classifyMissing(
  seed: number,
  noise: (emulator: Emulator) => Promise<unknown>,
): Promise<unknown[]> {
  await using emulator = await startEmulator({
    scenario: {
      seed,
      steps: [{ faults: { operation: 'PutMessages', status: 500, probability: 0.4 } }],
    },
  });
  await noise(emulator);
  const made = await post(`${emulator.control}/streams/sa-saopaulo-1`, { name: 'orders', partitions: 8 });
  const { id } = made.body as { id: string };
  const fates: unknown[] = [];
  for (let put = 0; put < 40; put++) {
    await noise(emulator);
    const { status: answered, body } = await post(
      `${emulator.regions['sa-saopaulo-1']}/20180418/streams/${id}/messages`,
      { messages: [{ key: null, value: 'YQ==' }] },
    );
    const { entries } = body as { entries?: { partition: string }[] };
    fates.push(entries === undefined ? answered : entries[0]!.partition);
  }
  return fates;
}

test('under a seed the same calls fail and go to the same partitions, whatever else is called', async () => {
  const first = await classifyMissing(7, async () => {});
  expect(new Set(first).size).toBeGreaterThan(4);
  const elsewhere = await classifyMissing(7, async (emulator) => {
    await status(emulator, 'sa-saopaulo-1');
    await post(`${emulator.control}/streams/sa-vinhedo-1`, { name: 'others' });
  });
  expect(elsewhere).toEqual(first);
  expect(await classifyMissing(8, async () => {})).not.toEqual(first);
});

test.each([
  [{ steps: [{ atMs: -1 }] }, 'scenario: steps.0.atMs'],
  [{ steps: [{ atMs: 1, region: 'mars-1' }] }, 'scenario: steps.0.region: mars-1 is not a region here'],
  [{ steps: [{ atMs: 1, faults: { stauts: 500 } as never }] }, 'scenario: steps.0.faults: rule 0'],
])('refuses %j', async (scenario, message) => {
  await expect(startEmulator({ scenario })).rejects.toThrow(message);
});
