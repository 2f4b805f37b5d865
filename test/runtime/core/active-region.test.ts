import { describe, expect, test } from 'vitest';

import { activeAtStart, recordedRole } from '../../../runtime/core/index.ts';

const PRIMARY = 'sa-saopaulo-1';
const SECONDARY = 'sa-vinhedo-1';
const stream = { ocid: 'x' };

describe('the region that a record makes active', () => {
  test.each([
    ['E1: nothing recorded', undefined, undefined, undefined],
    ['E2: a file of the Java program', stream, undefined, 'secondary'],
    ['G7: after a failover', stream, SECONDARY, 'secondary'],
    ['G7: after a failback', stream, PRIMARY, 'primary'],
    ['E4: only the primary is named as active', undefined, PRIMARY, 'primary'],
    ['E4: the secondary is active, but no stream there is named', undefined, SECONDARY, undefined],
  ])('%s', (_, secondary, activeRegion, role) => {
    expect(recordedRole({ secondary, activeRegion }, PRIMARY)).toBe(role);
  });
});

describe('the region that is active at start', () => {
  test.each([
    ['E1: nothing is written down', undefined, undefined, undefined, 'primary', 'nothing-recorded'],
    ['E12: the environment alone', undefined, undefined, stream, 'secondary', 'environment'],
    ['E12: the record wins over the environment', stream, PRIMARY, stream, 'primary', 'record'],
    ['E12: a record that only says primary wins too', undefined, PRIMARY, stream, 'primary', 'record'],
    ['E2: a file of the Java program', stream, undefined, undefined, 'secondary', 'record'],
    ['E4: a record without a stream', undefined, SECONDARY, stream, 'secondary', 'environment'],
  ])('%s', (_, secondary, activeRegion, environment, active, because) => {
    expect(activeAtStart({ secondary, activeRegion }, environment, PRIMARY)).toEqual({ active, because });
  });
});
