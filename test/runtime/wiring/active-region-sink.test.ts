import { mkdir, rmdir, writeFile } from 'node:fs/promises';

import { describe, expect, test, vi } from 'vitest';

import { systemClock, type Clock } from '../../../runtime/clock.ts';
import type { RecordedRouting } from '../../../runtime/core/index.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { readRecordedState } from '../../../runtime/record/index.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { RecordingSink } from '../../../runtime/wiring/active-region-sink.ts';
import type { Connection } from '../../../runtime/wiring/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { ENDPOINT, recordOf, secondaryOf } from '../record/samples.ts';
import { temporaryDirectory } from '../record/temporary-directory.ts';

const VINHEDO = 'sa-vinhedo-1';

/** A process that uses the record in a directory; `changes` are those that it takes for another process's. */
class SinkProcess implements AsyncDisposable {
  readonly sink: RecordingSink;
  readonly events: HaEvent[] = [];
  readonly changes: RecordedRouting[] = [];
  readonly #file: string;

  constructor(file: string, connection: Pick<Connection, 'recorded'>, clock: Clock) {
    const emit = (event: HaEvent): void => void this.events.push(event);
    const settings = settingsFor(file);
    this.#file = file;
    this.sink = new RecordingSink({ ...connection, settings, clock, emit } as Connection);
    this.sink.watch((record) => this.changes.push(record));
  }

  static async start(file: string, clock: Clock = systemClock): Promise<SinkProcess> {
    return new SinkProcess(file, { recorded: await recordedIn(file) }, clock);
  }

  /** What a process that starts now reads. */
  written(): ReturnType<typeof recordedIn> {
    return recordedIn(this.#file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sink.close();
  }
}

function settingsFor(file: string): Connection['settings'] {
  return readSettings({ recordFile: file, exportEnvironment: 'process' }, {});
}

function recordedIn(file: string): Promise<Connection['recorded']> {
  return readRecordedState({ file, environment: {}, settings: settingsFor(file), emit: () => {} });
}

/** What another program, or a person, writes. */
function writeByHand(file: string): Promise<void> {
  const { secondary } = recordOf('bbb');
  return writeFile(
    file,
    `SECONDARY_STREAM_OCID=${secondary?.ocid}\nSECONDARY_STREAM_ENDPOINT=${secondary?.endpoint}\nACTIVE_REGION=${VINHEDO}\n`,
  );
}

const failover: RecordedRouting = { active: 'secondary', secondary: secondaryOf('aaa') };

describe('a switch is written', () => {
  test('R4, E13: to the record and to the environment, and a process that starts later reads it', async () => {
    using directory = temporaryDirectory();
    const before = { ...process.env };
    try {
      await using one = await SinkProcess.start(directory.file);
      await one.sink.write(failover, VINHEDO);
      expect(await one.written()).toMatchObject({ active: 'secondary', secondary: secondaryOf('aaa') });
      await vi.waitUntil(() => one.events.some(({ type }) => type === 'environment-exported'));
      expect(process.env['SECONDARY_STREAM_ENDPOINT']).toBe(ENDPOINT);
    } finally {
      process.env = before;
    }
  });

  test('G8: another process is called back once, the one that wrote it is not', async () => {
    using directory = temporaryDirectory();
    await using writer = await SinkProcess.start(directory.file);
    await using other = await SinkProcess.start(directory.file);
    await writer.sink.write({ active: 'primary', secondary: secondaryOf('aaa') }, 'sa-saopaulo-1');
    await vi.waitUntil(() => other.changes.length > 0, { timeout: 10_000 });
    expect(other.changes).toEqual([{ active: 'primary', secondary: secondaryOf('aaa') }]);
    expect(writer.changes).toEqual([]);
  });

  test('G9: a change by hand calls back the process that wrote the record before', async () => {
    using directory = temporaryDirectory();
    await using one = await SinkProcess.start(directory.file);
    await one.sink.write({ active: 'primary', secondary: secondaryOf('aaa') }, 'sa-saopaulo-1');
    await writeByHand(directory.file);
    await vi.waitUntil(() => one.changes.length > 0, { timeout: 10_000 });
    expect(one.changes).toEqual([{ active: 'secondary', secondary: secondaryOf('bbb') }]);
  });
});

describe('the record cannot be written for a minute', () => {
  test('G8: what is written then calls back the others, and not the process that wrote it', async () => {
    using directory = temporaryDirectory();
    const clock = new VirtualClock();
    const passUntil = (condition: () => boolean): Promise<unknown> =>
      vi.waitUntil(() => clock.pass(250).then(condition), { timeout: 10_000, interval: 1 });
    await using one = await SinkProcess.start(directory.file, clock);
    await using other = await SinkProcess.start(directory.file, clock);
    await mkdir(directory.file);
    const written = one.sink.write(failover, VINHEDO);
    const until = clock.now() + 60_000;
    await passUntil(() => clock.now() >= until && one.events.some(({ type }) => type === 'record-failed'));
    await rmdir(directory.file);
    await passUntil(() => other.changes.length > 0);
    await written;
    expect(other.changes).toEqual([failover]);
    await writeByHand(directory.file);
    await passUntil(() => one.changes.length > 0);
    expect(one.changes).toEqual([{ active: 'secondary', secondary: secondaryOf('bbb') }]);
  });
});

describe('R6: the state beside the record', () => {
  test('R6: a hold by one process outlives what another one writes', async () => {
    using directory = temporaryDirectory();
    await using one = await SinkProcess.start(directory.file);
    await using other = await SinkProcess.start(directory.file);
    one.sink.remember({ lastFailbackAt: undefined, reason: '', hold: { by: 'anna', why: 'release day' } });
    await vi.waitUntil(async () => (await one.written()).hold === 'anna: release day');
    other.sink.remember({ lastFailbackAt: undefined, reason: 'the primary was down', hold: undefined });
    await vi.waitUntil(async () => (await one.written()).switchReason === 'the primary was down');
    expect((await one.written()).hold).toBe('anna: release day');
    one.sink.remember({ lastFailbackAt: undefined, reason: '', hold: undefined });
    await vi.waitUntil(async () => (await one.written()).hold === undefined);
  });

  test('G3: the time of the last failback is that of the wall clock, for a process that starts later', async () => {
    using directory = temporaryDirectory();
    await using one = await SinkProcess.start(directory.file);
    const lastFailbackAt = systemClock.now() - 60_000;
    one.sink.remember({ lastFailbackAt, reason: '', hold: undefined });
    await vi.waitUntil(async () => (await one.written()).lastFailbackAt !== undefined);
    const ago = systemClock.wall() - ((await one.written()).lastFailbackAt ?? 0);
    expect(ago).toBeGreaterThanOrEqual(60_000);
    expect(ago).toBeLessThan(75_000);
  });
});
