import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { errorCode } from '../../../runtime/core/index.ts';
import { openRegion, type Auth } from '../../../runtime/oci/index.ts';
import { systemClock } from '../../../runtime/clock.ts';
import type { Answer, CallOptions, Region, StreamRef } from '../../../runtime/region.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { encoded } from './fixtures/encoded.ts';
import { REGION, STREAM_OCID, unsigned } from './fixtures/open-test-region.ts';
import { scriptedService, type Told } from './fixtures/scripted-service.ts';
import { expectSilence } from './fixtures/silent-console.ts';

/** Whatever can be thrown. */
const thrown = fc.oneof(
  fc.anything(),
  fc.string().map((words) => new Error(words)),
  fc.constantFrom(null, undefined, Object.create(null) as object, { message: 7 }, Symbol('x'), {
    get message(): string {
      throw new Error('not even that');
    },
  }),
);

const headers = fc.dictionary(
  fc.constantFrom('date', 'retry-after', 'location', 'opc-next-page', 'opc-next-cursor', 'opc-request-id'),
  fc.string({ unit: fc.constantFrom('a', '7', ' ', '\t', '%', '"', '-'), maxLength: 20 }),
);
const told: fc.Arbitrary<Told> = fc.record({
  status: fc.constantFrom(200, 204, 206, 301, 400, 401, 404, 429, 500, 503, 599),
  headers,
  body: fc.oneof(
    fc.json(),
    fc.string(),
    fc.record({ entries: fc.array(fc.anything()), value: fc.anything(), items: fc.anything() }),
    fc.array(fc.record({ id: fc.anything(), name: fc.string(), partitions: fc.anything() })),
    fc.record({ reservations: fc.array(fc.anything()), code: fc.anything(), message: fc.anything() }),
  ),
});

const text = fc.oneof(fc.string(), fc.constantFrom('', '..', '\ud800', '\n', '0'));

/** A call of any method with anything for its words. */
const call = fc
  .tuple(fc.nat(11), text, text)
  .map(
    ([method, a, b]) =>
      (region: Region, stream: StreamRef, limits: CallOptions): Promise<Answer<unknown>> => {
        const group = {
          group: a,
          instance: b,
          from: 'LATEST',
          timeoutMs: Number.NaN,
          commitOnGet: true,
        } as const;
        const wanted = { name: a, partitions: -1, retentionInHours: 0, compartmentId: b, tags: { [a]: b } };
        const methods = [
          () => region.put(stream, [encoded(a, b)], limits),
          () => region.groupCursor(stream, group, limits),
          () => region.read(stream, a, { ...limits, limit: Number.NaN }),
          () => region.commit(stream, a, limits),
          () => region.heartbeat(stream, a, limits),
          () => region.group(stream, a, limits),
          () => region.partitionCursor(stream, a, { atOffset: Number.NaN }, limits),
          () => region.resetGroup(stream, a, { time: b }, limits),
          () => region.stream(a, limits),
          () => region.streamsNamed({ compartmentId: a, name: b }, limits),
          () => region.createStream(wanted, limits),
          () => region.workRequestStatus({ compartmentId: a, ocid: b }, limits),
        ];
        return methods[method]!();
      },
  );

describe('INV-11: whatever happens to a call', () => {
  expectSilence();

  it('INV-11, C20: it ends in a value, and so does closing', async () => {
    let answer: Told = { status: 200 };
    await using service = await scriptedService(() => answer);
    const faults = fc.record({
      sign: fc.option(thrown),
      renew: fc.option(thrown),
      emit: fc.option(thrown),
      abort: fc.boolean(),
      answer: told,
      call,
    });
    await fc.assert(
      fc.asyncProperty(faults, async (fault) => {
        answer = fault.answer;
        const auth: Auth = {
          ...unsigned,
          sign() {
            if (fault.sign !== null) throw fault.sign;
            return Promise.resolve();
          },
          renew: () => (fault.renew === null ? Promise.resolve(true) : Promise.reject(fault.renew)),
        };
        const controller = new AbortController();
        const region = openRegion({
          name: REGION,
          auth,
          settings: {
            endpoints: { [REGION]: service.origin },
            requestTimeoutMs: 20_000,
            compartmentId: undefined,
            primaryStreamOcid: undefined,
          },
          clock: systemClock,
          emit() {
            if (fault.emit !== null) throw fault.emit;
          },
          environment: {},
        });
        const stream = streamRef(REGION, STREAM_OCID, service.origin);
        const ended = fault.call(region, stream, { signal: controller.signal });
        if (fault.abort) controller.abort(fault.sign);
        const outcome = await ended;
        if (!outcome.ok) expect(errorCode(outcome.failure)).toBeTypeOf('string');
        expect(await region.close()).toBeUndefined();
        expect(await fault.call(region, stream, {})).toMatchObject({
          ok: false,
        });
      }),
      { numRuns: 300 },
    );
  });
});
