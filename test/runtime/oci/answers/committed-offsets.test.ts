import { expect, it } from 'vitest';

import { committedOffsets } from '../../../../runtime/oci/answers/index.ts';

it('gives the committed offset of each partition that has one, however the others say that they have none', () => {
  const reservations = [
    { partition: '0', committedOffset: 7 },
    { partition: '1', committedOffset: 0 },
    { partition: '2' },
    { partition: '3', committedOffset: null },
    { partition: '4', committedOffset: -1 },
    { committedOffset: 3 },
    null,
  ];
  expect(committedOffsets({ reservations })).toEqual(
    new Map([
      ['0', 7],
      ['1', 0],
    ]),
  );
});

it.each([undefined, null, 'group', {}, { reservations: 'none' }])('takes %j for no group', (group) => {
  expect(committedOffsets(group)).toBeUndefined();
});
