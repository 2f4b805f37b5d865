import { expect, test } from 'vitest';
import { CUES, OUTAGES, scenarioOf } from '../../demo/outages.ts';
import { checkedScenario } from '../../emulator/scenario.ts';

test.each(Object.entries(OUTAGES))('the emulator accepts the scenario of the outage %s', (_, outage) => {
  const { steps } = checkedScenario(scenarioOf(outage), ['sa-saopaulo-1', 'sa-vinhedo-1']);
  expect(steps.map(({ cue }) => cue)).toEqual(Object.values(CUES));
  expect(steps.map(({ region }) => region)).toEqual(Array.from({ length: 3 }, () => 'sa-saopaulo-1'));
});

test.each(Object.entries(OUTAGES))(
  '%s fails for reads first, then for everything, and then ends',
  (_, outage) => {
    const { steps } = scenarioOf(outage);
    expect(steps.map(({ faults }) => faults)).toEqual([outage.reading, outage.everything, []]);
    expect(outage.reading).toMatchObject({ operation: 'GetMessages' });
    expect(outage.everything).not.toHaveProperty('operation');
  },
);
