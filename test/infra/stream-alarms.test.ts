import { expect, it } from 'vitest';
import { alarmQuery, streamAlarms } from '../../infra/stream-alarms.ts';

it('J1: asks the metrics that OCI keeps of a stream, by its OCID', () => {
  const queries = streamAlarms('primary', 'orders', 20).map((alarm) => alarmQuery(alarm, 'ocid1.stream.x'));
  expect(queries).toEqual([
    'PutMessagesThrottling.Count[1m]{resourceId = "ocid1.stream.x"}.sum() > 0',
    'GetMessagesThrottling.Count[1m]{resourceId = "ocid1.stream.x"}.sum() > 0',
    'PutMessagesThroughput.Count[1m]{resourceId = "ocid1.stream.x"}.absent(20m)',
  ]);
});
