import { describe, expect, test } from 'vitest';

import { readSettings, type Options } from '../../../runtime/settings/index.ts';
import type { StreamState } from '../../../runtime/region.ts';
import {
  findPrimary,
  mayPass,
  Primary,
  primaryOf,
  primaryProblem,
  type FoundPrimary,
  type RememberedPrimary,
  type Shape,
} from '../../../runtime/streams/index.ts';
import { FakeRegion, refusedConnection, status } from '../../support/fake-region.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { COMPARTMENT, watchSignals } from './world.ts';

const REGION = 'sa-saopaulo-1';
const OCID = `ocid1.stream.oc1.${REGION}.p`;
const STREAM = streamRef(REGION, OCID);

class World {
  readonly clock = new VirtualClock();
  readonly region = new FakeRegion(REGION, this.clock);
  readonly signal = new AbortController().signal;
  readonly seen: StreamState[] = [];
  readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  add(over: Partial<StreamState> = {}): void {
    this.region.addStream(OCID, {
      name: 'OCI-PRIMARY-STREAM',
      partitions: 7,
      retentionInHours: 72,
      compartmentId: COMPARTMENT,
      ...over,
    });
  }

  get #parts() {
    const { region, clock, signal } = this;
    return { region, clock, signal, settings: readSettings(this.options, {}) };
  }

  find(): Promise<FoundPrimary> {
    return this.clock.passUntil(findPrimary(this.#parts));
  }

  primary(remembered?: RememberedPrimary): Primary {
    return new Primary({
      ...this.#parts,
      remembered,
      onSeen: (state) => void this.seen.push(state),
    });
  }
}

const byOcid = { primaryStreamOcid: OCID };
const byName = { compartmentId: COMPARTMENT };

describe('A17: where the primary is', () => {
  test('A17: an OCID is asked about', async () => {
    const world = new World(byOcid);
    world.add();
    expect(await world.find()).toMatchObject({ type: 'found', stream: STREAM, state: { partitions: 7 } });
    expect(world.region.adminCalls).toEqual(['GetStream']);
  });

  test('A17: else it is looked for by name in the compartment', async () => {
    const world = new World(byName);
    world.add();
    expect(await world.find()).toMatchObject({ type: 'found', stream: STREAM });
    expect(world.region.adminCalls).toEqual(['ListStreams']);
  });

  test('D3: one that is CREATING is waited for', async () => {
    const world = new World(byOcid);
    world.add({ state: 'CREATING' });
    world.clock.after(3_000, () => {
      world.region.streams[0] = { ...world.region.streams[0]!, state: 'ACTIVE' };
    });
    expect(await world.find()).toMatchObject({ type: 'found', state: { state: 'ACTIVE' } });
  });

  test('A17: the control plane that fails is told with its operation', async () => {
    const get = new World(byOcid);
    get.region.adminBehaviour = () => status(503);
    expect(await get.find()).toEqual({ type: 'failed', failure: status(503), operation: 'GetStream' });
    const list = new World(byName);
    list.region.adminBehaviour = () => refusedConnection;
    expect(await list.find()).toEqual({
      type: 'failed',
      failure: refusedConnection,
      operation: 'ListStreams',
    });
    const waiting = new World(byName);
    waiting.add({ state: 'CREATING' });
    waiting.region.adminBehaviour = (operation) => (operation === 'GetStream' ? status(403) : undefined);
    expect(await waiting.find()).toEqual({ type: 'failed', failure: status(403), operation: 'GetStream' });
  });
});

test('I1: every call for the primary ends when its caller closes', async () => {
  for (const options of [byOcid, byName]) {
    const world = new World(options);
    world.add();
    const { retentionInHours: _, ...listed } = world.region.streams[0]!;
    world.region.streams[0] = { ...listed, state: 'CREATING' };
    world.clock.after(100, () => {
      world.region.streams[0] = listed;
    });
    const given = watchSignals(world.region);
    const primary = world.primary();
    await world.clock.passUntil(primary.find(world.signal));
    await world.clock.passUntil(primary.learn());
    expect(given.length).toBeGreaterThanOrEqual(3);
    for (const [method, signal] of given) expect([method, signal]).toEqual([method, world.signal]);
  }
});

describe('C21: what only a person can repair', () => {
  const wrong = async (world: World): Promise<string> => {
    const found = await world.find();
    expect(found).toMatchObject({ type: 'wrong', error: { code: 'CONFIG' } });
    return found.type === 'wrong' ? found.error.message : '';
  };

  test('C21: nothing tells where it is: what to type', async () => {
    const world = new World({});
    expect(await wrong(world)).toMatch(/pulumi up.*`outputs`.*OCI_COMPARTMENT_ID.*PRIMARY_STREAM_OCID/);
    expect(world.region.adminCalls).toEqual([]);
  });

  test('C21: there is no stream of that name: which, where, and what to type', async () => {
    const world = new World(byName);
    world.add({ state: 'DELETED' });
    expect(await wrong(world)).toBe(
      `There is no stream OCI-PRIMARY-STREAM in ${REGION}, compartment ${COMPARTMENT}. ` +
        'Make it with `pulumi up`, or name yours with `streamName` or `primaryStreamOcid`.',
    );
    expect(world.region.adminCalls).not.toContain('CreateStream');
  });

  test.each(['FAILED', 'DELETED', 'DELETING'] as const)('C21: the one that is named is %s', async (state) => {
    const world = new World(byOcid);
    world.add({ state });
    expect(await wrong(world)).toBe(
      `The primary stream ${OCID} in ${REGION} is ${state}. Check \`primaryStreamOcid\` (PRIMARY_STREAM_OCID), or run \`pulumi up\`.`,
    );
  });

  test('E10: its address is not one that may be used', async () => {
    const world = new World(byOcid);
    world.add({ address: { trusted: false, about: 'endpoint', problem: 'is not a web address' } });
    expect(await wrong(world)).toBe(
      `The primary stream ${OCID} in ${REGION} cannot be used: its endpoint is not a web address. ` +
        'If it is yours, name it: OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1=…',
    );
  });
});

describe('A17: for those who throw, tell or wait', () => {
  const failed: FoundPrimary = { type: 'failed', failure: status(503), operation: 'GetStream' };

  test('A17: what was found is given', async () => {
    const world = new World(byOcid);
    world.add();
    const found = await world.find();
    expect(primaryOf(found, REGION)).toBe(found);
    expect(mayPass(found)).toBe(false);
  });

  test.each([
    [503, 'CALL_FAILED', true],
    [401, 'AUTH', false],
    [403, 'AUTH', false],
    [404, 'NOT_AUTHORIZED_OR_NOT_FOUND', false],
    [307, 'CONFIG', false],
  ])('C4, C5, B7: a control plane that answers %i is %s', (code, errorCode, passes) => {
    const found: FoundPrimary = { ...failed, failure: status(code) };
    expect(() => primaryOf(found, REGION)).toThrow(expect.objectContaining({ code: errorCode }) as Error);
    expect(mayPass(found)).toBe(passes);
    expect(primaryProblem(found, REGION)).toBe(`${REGION}: GetStream: ${code}`);
  });

  test('C21: what is wrong is thrown, told as it is, and does not pass', async () => {
    const found = await new World({}).find();
    if (found.type !== 'wrong') throw new Error('nothing tells where it is');
    expect(() => primaryOf(found, REGION)).toThrow(found.error);
    expect(primaryProblem(found, REGION)).toBe(found.error.message);
    expect(mayPass(found)).toBe(false);
  });
});

describe('D1: what a secondary has to be like', () => {
  const remembered: RememberedPrimary = {
    stream: STREAM,
    partitions: 5,
    retentionInHours: 48,
    compartmentId: 'ocid1.compartment.oc1..remembered',
  };
  const shapeOf = (world: World, primary: Primary): Promise<Shape | { problem: string }> =>
    world.clock.passUntil(primary.shape());

  test('D1: as the primary is', async () => {
    const world = new World(byOcid);
    world.add();
    expect(await shapeOf(world, world.primary(remembered))).toEqual({
      partitions: 7,
      retentionInHours: 72,
      compartmentId: COMPARTMENT,
      primaryOcid: OCID,
      isKnown: true,
    });
    expect(world.seen).toHaveLength(1);
  });

  test('D1: one that was found by its name is the one that the secondary stands in for', async () => {
    const world = new World(byName);
    world.add();
    const primary = world.primary({ ...remembered, stream: streamRef(REGION, `${OCID}-before`) });
    await world.clock.passUntil(primary.find(world.signal));
    expect(await shapeOf(world, primary)).toMatchObject({ primaryOcid: OCID });
  });

  test('D1: in the compartment that the settings name', async () => {
    const world = new World({ ...byOcid, compartmentId: 'ocid1.compartment.oc1..named' });
    world.add();
    expect(await shapeOf(world, world.primary(remembered))).toMatchObject({
      compartmentId: 'ocid1.compartment.oc1..named',
    });
  });

  test('R6: as it is remembered, when it cannot be asked', async () => {
    const world = new World({});
    world.region.adminBehaviour = () => status(503);
    expect(await shapeOf(world, world.primary(remembered))).toEqual({
      partitions: 5,
      retentionInHours: 48,
      compartmentId: 'ocid1.compartment.oc1..remembered',
      primaryOcid: OCID,
      isKnown: true,
    });
  });

  test('D1: a guess, when it was never seen', async () => {
    const world = new World(byName);
    expect(await shapeOf(world, world.primary())).toEqual({
      partitions: 3,
      retentionInHours: 24,
      compartmentId: COMPARTMENT,
      primaryOcid: 'unknown',
      isKnown: false,
    });
    expect(world.region.adminCalls).toEqual([]);
  });

  test.each([
    ['partitions', { ...remembered, partitions: undefined }],
    ['retention', { ...remembered, retentionInHours: undefined }],
  ])('D1: half of it is no knowledge: without the %s', async (_, half) => {
    const world = new World({});
    world.region.adminBehaviour = () => status(503);
    expect(await shapeOf(world, world.primary(half))).toMatchObject({ isKnown: false });
  });

  test('C19: without a compartment there is none, and what to give is said', async () => {
    const world = new World(byOcid);
    world.add({ compartmentId: '' });
    expect(await shapeOf(world, world.primary())).toEqual({
      problem: 'the compartment for a secondary is not known: give `compartmentId` (OCI_COMPARTMENT_ID)',
    });
  });

  test('A17: it is asked once, and again only while its retention is not known: listings have none', async () => {
    const world = new World(byName);
    world.add();
    const primary = world.primary();
    await world.clock.passUntil(primary.find(world.signal));
    expect(world.seen).toHaveLength(1);
    world.region.streams[0] = { ...world.region.streams[0]!, partitions: 9 };
    await world.clock.passUntil(primary.learn());
    expect(world.region.adminCalls).toEqual(['ListStreams']);
  });

  test('A17: a listing has no retention, so the primary is asked for it, by all at once', async () => {
    const world = new World(byName);
    world.add();
    const { retentionInHours: _, ...listed } = world.region.streams[0]!;
    const whole = world.region.streams[0]!;
    world.region.streams[0] = listed;
    const primary = world.primary();
    await world.clock.passUntil(primary.find(world.signal));
    world.region.streams[0] = whole;
    await world.clock.passUntil(Promise.all([primary.learn(), primary.learn(), primary.shape()]));
    expect(world.region.adminCalls).toEqual(['ListStreams', 'GetStream']);
    expect(await shapeOf(world, primary)).toMatchObject({ retentionInHours: 72, isKnown: true });
    expect(world.region.adminCalls).toHaveLength(2);
  });

  /** The primary as GetStream describes it; it is listed at once, without its retention. */
  function listedAtOnce(world: World): StreamState {
    world.add();
    const whole = world.region.streams[0]!;
    const { retentionInHours: _, ...listed } = whole;
    world.region.streamsNamed = async () => ({ ok: true, value: [listed] });
    return whole;
  }

  test('A17, R6: one that was found by its name is asked for it, in whatever turn of an earlier question', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const world = new World(byName);
      const whole = listedAtOnce(world);
      const primary = world.primary();
      void primary.learn();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await primary.find(world.signal);
      await world.clock.pass(100);
      expect(world.seen.at(-1)).toEqual(whole);
    }
  });

  test('A17, R6: what is told of one that was remembered is not used when another one was found meanwhile', async () => {
    const world = new World(byName);
    const whole = listedAtOnce(world);
    const before = world.region.addStream(`${OCID}-before`, { retentionInHours: 24 });
    const primary = world.primary({ ...remembered, stream: before });
    void primary.learn();
    await primary.find(world.signal);
    await world.clock.pass(100);
    expect(world.seen.at(-1)).toEqual(whole);
    expect(await shapeOf(world, primary)).toMatchObject({ primaryOcid: OCID, retentionInHours: 72 });
  });

  test('A17: it is asked again after a failure, and a failure is no event', async () => {
    const world = new World(byOcid);
    world.add();
    world.region.adminBehaviour = (_, number) => (number === 1 ? status(503) : undefined);
    const primary = world.primary();
    await world.clock.passUntil(primary.learn());
    expect(world.seen).toEqual([]);
    await world.clock.passUntil(primary.learn());
    expect(world.seen).toHaveLength(1);
  });

  test('E10: what cannot be trusted is not learnt', async () => {
    const world = new World(byOcid);
    world.add({ address: { trusted: false, about: 'endpoint', problem: 'is not a web address' } });
    await world.clock.passUntil(world.primary().learn());
    expect(world.seen).toEqual([]);
  });

  test('A17: nothing is learnt from a primary that was not found', async () => {
    const world = new World(byOcid);
    world.region.adminBehaviour = () => status(503);
    await world.clock.passUntil(world.primary().find(world.signal));
    expect(world.seen).toEqual([]);
  });
});
