import { expect, test } from 'vitest';
import { CUES, OUTAGES, scenarioOf } from '../../demo/outages.ts';
import { checkedScenario } from '../../emulator/scenario.ts';

test.each(Object.entries(OUTAGES))('the emulator accepts the scenario of the outage %s', (_, outage) => {
  const { steps } = checkedScenario(scenarioOf(outage), ['sa-saopaulo-1', 'sa-vinhedo-1']);
  const inPrimary = steps.filter(({ region }) => region === 'sa-saopaulo-1');
  expect(inPrimary.map(({ cue }) => cue)).toEqual(Object.values(CUES));
});

test('only the outage both has steps in the other region: it fails and recovers with the primary', () => {
  const others = Object.entries(OUTAGES).flatMap(([name, outage]) =>
    scenarioOf(outage)
      .steps.filter(({ region }) => region === 'sa-vinhedo-1')
      .map(({ cue }) => [name, cue]),
  );
  expect(others).toEqual([
    ['both', CUES.allFails],
    ['both', CUES.heals],
  ]);
});

test.each(Object.entries(OUTAGES))(
  '%s fails for reads first, then for everything, and then ends',
  (_, outage) => {
    const steps = scenarioOf(outage).steps.filter(({ region }) => region === 'sa-saopaulo-1');
    expect(steps.map(({ faults }) => faults)).toEqual([outage.reading, outage.everything, []]);
    expect(outage.reading).toMatchObject({ operation: 'GetMessages' });
    expect(outage.everything).not.toHaveProperty('operation');
  },
);
