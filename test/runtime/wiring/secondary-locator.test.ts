import { describe, expect, test } from 'vitest';

import { createConsumer } from '../../../runtime/consumer/index.ts';
import type { CallFailure, CheckedStream } from '../../../runtime/core/index.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { SecondaryLocator } from '../../../runtime/wiring/secondary-locator.ts';
import type { Answer, Region, StreamRef, StreamState } from '../../../runtime/region.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { GroupRegion, status } from '../consumer/group-region.ts';

const PRIMARY = 'sa-saopaulo-1';
const SECONDARY = 'sa-vinhedo-1';
const COMPARTMENT = 'ocid1.compartment.oc1..a';

/** A consumer whose secondary is found by a locator, over a control plane that answers as told. */
class LocatorWorld implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly primary = new GroupRegion(PRIMARY, 1, this.clock);
  readonly secondary = new GroupRegion(SECONDARY, 1, this.clock);
  readonly events: HaEvent[] = [];
  readonly received: string[] = [];
  readonly asked: { readonly operation: 'GetStream' | 'ListStreams'; readonly at: number }[] = [];
  /** What the control plane answers; by default that all is well. */
  fault: ((operation: 'GetStream' | 'ListStreams', number: number) => CallFailure | undefined) | undefined;
  state: StreamState['state'] = 'ACTIVE';
  address: CheckedStream | undefined;
  /** What record and environment name. */
  written: () => StreamRef | undefined;
  /** Whether a listing of the compartment holds the secondary. */
  isListed = true;
  readonly locator: SecondaryLocator;
  readonly #opened;

  constructor({ isNamed = true, hasCompartment = true } = {}) {
    const { clock } = this;
    const settings = readSettings({ compartmentId: COMPARTMENT }, {});
    const emit = (event: HaEvent): void => void this.events.push(event);
    const named = isNamed ? this.secondary.stream : undefined;
    this.written = () => named;
    const region: Pick<Region, 'name' | 'stream' | 'streamsNamed'> = {
      name: 'sa-vinhedo-1',
      stream: () => this.#answer('GetStream', () => this.#described()),
      streamsNamed: () => this.#answer('ListStreams', () => (this.isListed ? [this.#described()] : [])),
    };
    this.locator = new SecondaryLocator({
      region,
      settings: { ...settings, compartmentId: hasCompartment ? COMPARTMENT : undefined },
      clock,
      emit,
      named,
      readNamed: async () => this.written(),
    });
    this.#opened = createConsumer({
      primary: {
        role: 'primary',
        region: this.primary as unknown as Region,
        locate: async () => ({ ok: true, value: this.primary.stream }),
      },
      secondary: {
        role: 'secondary',
        region: this.secondary as unknown as Region,
        locate: (signal) => this.locator.locate(signal),
      },
      active: 'primary',
      settings,
      clock,
      emit,
      instance: 'member',
      release: async () => this.locator.close(),
    });
    void this.#followNews();
    // After the test has said how the regions behave.
    queueMicrotask(() => {
      void this.#opened.consumer.run((message) => this.received.push(message.text())).catch(() => {});
    });
  }

  learn(ref: StreamRef): void {
    if (this.locator.learn(ref)) this.#opened.relocate('secondary');
  }

  warnings(): string[] {
    return this.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  }

  times(operation: 'GetStream' | 'ListStreams'): number[] {
    return this.asked.filter((each) => each.operation === operation).map(({ at }) => at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clock.passUntil(this.#opened.consumer.close(), 20_000);
  }

  async #followNews(): Promise<void> {
    for await (const _ of this.locator.changes()) this.#opened.relocate('secondary');
  }

  #described(): StreamState {
    const stream = this.secondary.stream;
    return {
      region: SECONDARY,
      ocid: stream.ocid,
      address: this.address ?? { trusted: true, stream },
      name: 'OCI-SECONDARY-STREAM',
      state: this.state,
      partitions: 1,
      compartmentId: COMPARTMENT,
      streamPoolId: 'ocid1.streampool.oc1..a',
      tags: {},
    };
  }

  async #answer<T>(operation: 'GetStream' | 'ListStreams', value: () => T): Promise<Answer<T>> {
    this.asked.push({ operation, at: this.clock.now() });
    const failure = this.fault?.(operation, this.times(operation).length);
    return failure === undefined ? { ok: true, value: value() } : { ok: false, failure };
  }
}

function gapsInSeconds(times: readonly number[]): number[] {
  return times.slice(1).map((at, index) => Math.round((at - times[index]!) / 1_000));
}

describe('the secondary refuses to be looked up', () => {
  test.each([401, 403, 404, 400, 307])(
    'H19: one %i, and it is read all the same a few seconds later',
    async (code) => {
      await using world = new LocatorWorld();
      world.fault = (_, number) => (number === 1 ? status(code) : undefined);
      world.secondary.store(0, 'one');
      await world.clock.pass(10_000);

      expect(world.received).toEqual(['one']);
      expect(world.warnings()).toHaveLength(1);
    },
  );

  test.each([401, 403, 404])(
    'H19: one %i to a read, and it is read again a few seconds later',
    async (code) => {
      await using world = new LocatorWorld();
      await world.clock.pass(20_000);
      let refusals = 1;
      world.secondary.fault = () => (refusals-- > 0 ? status(code) : undefined);
      world.secondary.store(0, 'one');
      await world.clock.pass(20_000);

      expect(world.received).toEqual(['one']);
    },
  );

  test('H19: a day of refusals: it is looked up less and less often, at least once a minute, told once, and read after it', async () => {
    await using world = new LocatorWorld({ hasCompartment: false });
    world.fault = () => status(403);
    world.secondary.store(0, 'one');
    await world.clock.pass(86_400_000);
    expect(gapsInSeconds(world.times('GetStream')).slice(0, 8)).toEqual([5, 5, 10, 20, 40, 60, 60, 60]);
    expect(Math.max(...gapsInSeconds(world.times('GetStream')))).toBe(60);
    expect(world.warnings()).toHaveLength(1);
    world.fault = undefined;
    await world.clock.pass(61_000);

    expect(world.received).toEqual(['one']);
  });

  test('H19: another refusal than before is told', async () => {
    await using world = new LocatorWorld();
    world.fault = (operation, number) =>
      operation === 'GetStream' ? status(number < 4 ? 401 : 403) : undefined;
    await world.clock.pass(120_000);

    expect(world.warnings()).toEqual([
      expect.stringContaining(
        'secondary stream in sa-vinhedo-1 cannot be read: GetStream in sa-vinhedo-1: 401',
      ),
      expect.stringContaining('403'),
    ]);
  });

  test('H2: while the control plane fails, what is written down is believed', async () => {
    await using world = new LocatorWorld();
    world.fault = () => status(503);
    world.secondary.store(0, 'one');
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one']);
    expect(world.warnings()).toEqual([]);
  });

  test('INV-11: nothing is unhandled when the control plane throws', async () => {
    await using world = new LocatorWorld({ isNamed: false });
    world.fault = () => {
      throw Object.create(null);
    };
    await world.clock.pass(60_000);
    world.fault = undefined;
    world.secondary.store(0, 'one');
    await world.clock.pass(20_000);

    expect(world.received).toEqual(['one']);
  });
});

describe('the secondary stream is gone', () => {
  test.each<StreamState['state']>(['DELETING', 'DELETED', 'FAILED'])(
    'H19, H2: one that is %s is not read, and told; the one that takes its place is',
    async (state) => {
      await using world = new LocatorWorld();
      world.state = state;
      world.isListed = false;
      world.secondary.store(0, 'old');
      await world.clock.pass(30_000);
      expect(world.received).toEqual([]);
      expect(world.warnings()).toEqual([
        expect.stringContaining(`${world.secondary.stream.ocid} is ${state}`),
      ]);
      world.secondary.recreate(`ocid1.stream.oc1.${SECONDARY}.b`);
      world.state = 'ACTIVE';
      world.isListed = true;
      world.secondary.store(0, 'new');
      await world.clock.pass(12_000);

      expect(world.received).toEqual(['new']);
    },
  );

  test('H2: one that is being changed is read', async () => {
    await using world = new LocatorWorld();
    world.state = 'UPDATING';
    world.secondary.store(0, 'one');
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one']);
  });
});

describe('an address that is not trusted', () => {
  const untrusted = { trusted: false, about: 'endpoint', problem: 'is at localhost' } as const;

  test('C19: where the record names one, that is used; it is told once for each change, and looked at again', async () => {
    await using world = new LocatorWorld();
    world.address = untrusted;
    world.secondary.store(0, 'one');
    let calls = 0;
    world.secondary.fault = () => (calls++ % 20 === 10 ? status(404) : undefined);
    await world.clock.pass(1_200_000);
    expect(world.received).toEqual(['one']);
    const about = (): string[] => world.warnings().filter((text) => text.includes('is not used'));
    expect(about()).toEqual([
      `The secondary stream ${world.secondary.stream.ocid}: its endpoint, as the control plane tells it, is at localhost; it is not used.`,
    ]);
    world.address = { ...untrusted, problem: 'is at 127.0.0.1' };
    await world.clock.pass(1_200_000);

    expect(about()).toHaveLength(2);
  });

  test('C19: where nothing else is known, it is listed again until it is trusted', async () => {
    await using world = new LocatorWorld({ isNamed: false });
    world.address = untrusted;
    world.secondary.store(0, 'one');
    await world.clock.pass(600_000);
    expect(world.warnings()).toHaveLength(1);
    expect(world.received).toEqual([]);
    world.address = undefined;
    await world.clock.pass(12_000);

    expect(world.received).toEqual(['one']);
  });
});

describe('no secondary is known', () => {
  test('H2: the compartment is listed every 10 s, and the stream is read once it is there', async () => {
    await using world = new LocatorWorld({ isNamed: false });
    world.isListed = false;
    await world.clock.pass(60_000);
    expect(gapsInSeconds(world.times('ListStreams'))).toEqual([10, 10, 10, 10, 10]);
    world.isListed = true;
    world.secondary.store(0, 'one');
    await world.clock.pass(11_000);

    expect(world.received).toEqual(['one']);
    const listed = world.times('ListStreams').length;
    await world.clock.pass(600_000);
    expect(world.times('ListStreams')).toHaveLength(listed);
  });

  test('H19: a compartment that refuses to be listed is listed again, at least once a minute, and told once', async () => {
    await using world = new LocatorWorld({ isNamed: false });
    world.fault = () => status(404);
    await world.clock.pass(600_000);
    expect(gapsInSeconds(world.times('ListStreams')).slice(0, 7)).toEqual([5, 10, 20, 40, 60, 60, 60]);
    expect(world.warnings()).toEqual([
      expect.stringMatching(/cannot be listed \(404\): permit `inspect streams`/),
    ]);
    world.fault = undefined;
    world.secondary.store(0, 'one');
    await world.clock.pass(61_000);
    expect(world.received).toEqual(['one']);
  });

  test('H2: what record or environment name is found within a second or two', async () => {
    await using world = new LocatorWorld({ isNamed: false, hasCompartment: false });
    await world.clock.pass(60_000);
    world.secondary.store(0, 'one');
    world.written = () => world.secondary.stream;
    await world.clock.pass(2_000);

    expect(world.received).toEqual(['one']);
    expect(world.times('ListStreams')).toEqual([]);
  });

  test('H2: a record that cannot be read keeps nobody from the compartment', async () => {
    await using world = new LocatorWorld({ isNamed: false });
    world.written = () => {
      throw new Error('EACCES');
    };
    world.secondary.store(0, 'one');
    await world.clock.pass(11_000);

    expect(world.received).toEqual(['one']);
  });

  test('H2: the same stream at another endpoint is news, the same twice is not', () => {
    const world = new LocatorWorld();
    const other = streamRef(SECONDARY, world.secondary.stream.ocid, 'https://127.0.0.1:1');
    expect(world.locator.learn(undefined)).toBe(false);
    expect(world.locator.learn(world.secondary.stream)).toBe(false);
    expect(world.locator.learn(other)).toBe(true);
    expect(world.locator.learn(other)).toBe(false);
  });

  test('I1: nothing is asked after close', async () => {
    const world = new LocatorWorld({ isNamed: false });
    await world.clock.pass(5_000);
    await world[Symbol.asyncDispose]();
    const asked = world.asked.length;
    await world.clock.pass(600_000);

    expect(world.asked).toHaveLength(asked);
  });
});

describe('the record names another stream while a source is asked', () => {
  const streamOf = (letter: string): StreamRef =>
    streamRef(SECONDARY, `ocid1.stream.oc1.${SECONDARY}.${letter}`);

  /** A locator that learns of stream `c` while `source` is asked, which knows nothing of it; gives the stream that it finds in the end. */
  async function foundAfter(source: 'record' | 'compartment' | 'control plane'): Promise<string | undefined> {
    const clock = new VirtualClock();
    const asked = (from: typeof source): void => {
      if (from === source) locator.learn(streamOf('c'));
    };
    const described = (ocid: string): StreamState => ({
      region: SECONDARY,
      ocid,
      address: { trusted: true, stream: streamRef(SECONDARY, ocid) },
      name: 'OCI-SECONDARY-STREAM',
      state: ocid === streamOf('a').ocid ? 'DELETED' : 'ACTIVE',
      partitions: 1,
      compartmentId: COMPARTMENT,
      streamPoolId: 'ocid1.streampool.oc1..a',
      tags: {},
    });
    const locator = new SecondaryLocator({
      region: {
        name: SECONDARY,
        stream: async (ocid) => {
          asked('control plane');
          return { ok: true, value: described(ocid) };
        },
        streamsNamed: async () => {
          asked('compartment');
          return { ok: true, value: [described(streamOf('b').ocid)] };
        },
      },
      settings: readSettings({ compartmentId: COMPARTMENT }, {}),
      clock,
      emit: () => {},
      named: streamOf('a'),
      readNamed: async () => {
        asked('record');
        return streamOf('a');
      },
    });
    const { signal } = new AbortController();
    const followed = (async () => {
      for await (const _ of locator.changes());
    })();
    await locator.locate(signal);
    await clock.pass(20_000);
    locator.close();
    await clock.passUntil(followed);
    const located = await locator.locate(signal);
    return located.ok ? located.value?.ocid : undefined;
  }

  test.each(['record', 'compartment', 'control plane'] as const)(
    'H2: what the %s answers then is older, and is not used',
    async (source) => {
      expect(await foundAfter(source)).toBe(streamOf('c').ocid);
    },
  );
});
