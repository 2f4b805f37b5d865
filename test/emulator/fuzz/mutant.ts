import { base64 } from '../client.ts';

/** What a call is made of before it is sent. */
export interface Draft {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

/** Things that live in the region, for valid calls to name. */
export interface Known {
  readonly streamId: string;
  readonly poolId: string;
  readonly harnessId: string;
  readonly workRequestId: string;
  readonly cursor: string;
  readonly groupCursor: string;
}

const COMPARTMENT = 'ocid1.compartment.oc1..a';

/** A valid call of every kind. */
export function validDrafts(known: Known): Draft[] {
  const { streamId, poolId, harnessId, workRequestId, cursor, groupCursor } = known;
  const draft = (
    method: string,
    path: string,
    body?: unknown,
    query: Record<string, string> = {},
  ): Draft => ({
    method,
    path,
    query,
    body,
  });
  const list = { compartmentId: COMPARTMENT, limit: '5', sortBy: 'NAME', sortOrder: 'ASC' };
  const group = {
    type: 'TRIM_HORIZON',
    groupName: 'g',
    instanceName: 'i',
    timeoutInMs: 1000,
    commitOnGet: true,
  };
  const messages = [
    { key: base64('k'), value: base64('v') },
    { key: null, value: '' },
    { value: base64('w') },
  ];
  return [
    draft('POST', `/streams/${streamId}/messages`, { messages }),
    draft('GET', `/streams/${streamId}/messages`, undefined, { cursor, limit: '10' }),
    draft('GET', `/streams/${streamId}/messages`, undefined, { cursor: groupCursor }),
    draft('POST', `/streams/${streamId}/cursors`, {
      partition: '0',
      type: 'AT_TIME',
      time: '2026-11-23T12:00:00Z',
    }),
    draft('POST', `/streams/${streamId}/cursors`, { partition: '0', type: 'AT_OFFSET', offset: 0 }),
    draft('POST', `/streams/${streamId}/groupCursors`, group),
    draft('POST', `/streams/${streamId}/commit`, undefined, { cursor: groupCursor }),
    draft('POST', `/streams/${streamId}/heartbeat`, undefined, { cursor: groupCursor }),
    draft('GET', `/streams/${streamId}/groups/g`),
    draft('PUT', `/streams/${streamId}/groups/g`, { type: 'LATEST' }),
    draft('POST', '/streams', { name: 's', partitions: 2, compartmentId: COMPARTMENT, retentionInHours: 24 }),
    draft('GET', '/streams', undefined, { ...list, lifecycleState: 'ACTIVE' }),
    draft('GET', `/streams/${streamId}`),
    draft('PUT', `/streams/${streamId}`, { freeformTags: { a: 'b' }, definedTags: { n: { k: 'v' } } }),
    draft('DELETE', '/streams/ocid1.stream.oc1.sa-saopaulo-1.none'),
    draft('POST', '/streampools', {
      name: 'p',
      compartmentId: COMPARTMENT,
      kafkaSettings: { numPartitions: 2 },
    }),
    draft('GET', '/streampools', undefined, list),
    draft('GET', `/streampools/${poolId}`),
    draft('PUT', `/streampools/${poolId}`, { name: 'q', customEncryptionKeyDetails: { kmsKeyId: 'k' } }),
    draft('POST', `/streampools/${poolId}/actions/changeCompartment`, { compartmentId: COMPARTMENT }),
    draft('POST', '/connectharnesses', { name: 'h', compartmentId: COMPARTMENT }),
    draft('GET', '/connectharnesses', undefined, list),
    draft('PUT', `/connectharnesses/${harnessId}`, { freeformTags: {} }),
    draft('GET', '/workRequests', undefined, { resourceId: streamId, limit: '5' }),
    draft('GET', `/workRequests/${workRequestId}`),
    draft('GET', `/workRequests/${workRequestId}/logs`, undefined, { limit: '1', page: 'cm93czox' }),
  ];
}

const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  '0',
  ' ',
  '\u0000',
  '💥',
  'a'.repeat(300),
  '../../etc/passwd',
  '__proto__',
  'constructor',
  [],
  {},
  [[]],
  { a: { b: {} } },
  'AAAA====',
  'eyJ9',
];

/** A call with one to three things in it changed. */
export function mutant(draft: Draft, random: () => number): Draft {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const made = structuredClone(draft);
  for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) {
    const dice = random();
    if (dice < 0.6) made.body = changed(made.body, pick, random);
    else if (dice < 0.8) made.query = changedQuery(made.query, pick);
    else if (dice < 0.9) made.path = changedText(made.path, random);
    else made.method = pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', '']);
  }
  return made;
}

type Pick = <T>(values: readonly T[]) => T;

/** Walks some way into a value and puts junk there, takes a field away, or adds one. */
function changed(value: unknown, pick: Pick, random: () => number): unknown {
  if (typeof value !== 'object' || value === null || random() < 0.15) return pick(JUNK);
  const entries = Object.entries(value);
  if (entries.length === 0 || random() < 0.1)
    return Array.isArray(value) ? [...value, pick(JUNK)] : { ...value, extra: pick(JUNK) };
  const [name, inner] = pick(entries);
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  if (random() < 0.2) delete copy[name];
  else copy[name] = changed(inner, pick, random);
  return copy;
}

function changedQuery(query: Record<string, string>, pick: Pick): Record<string, string> {
  const [name, value] = pick([...Object.entries(query), ['page', 'x'], ['limit', '1']]);
  const made = {
    ...query,
    [name]: pick([String(pick(JUNK)), value.slice(1), `${value}x`, '-1', '99999999999']),
  };
  if (pick([true, false, false])) delete made[name];
  return made;
}

function changedText(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const middle = ['', '/', '%', '%00', 'x', '?', '//', '..'][Math.floor(random() * 8)]!;
  return text.slice(0, at) + middle + text.slice(at + Math.floor(random() * 3));
}
