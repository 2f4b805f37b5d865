import { PassingReader, type ConsumedRegion, type StartAt } from '../consumer/index.ts';
import type { Given } from '../settings/index.ts';
import { connect, type OpenContext } from './connect.ts';
import { findSecondary } from './find-secondary.ts';
import { primaryStream } from './open-consumer.ts';

interface PassingRead {
  readonly partitions: readonly string[] | undefined;
  readonly startAt: StartAt;
  /** Offsets mean something in one region only. */
  readonly activeRegionOnly: boolean;
}

interface OpenedReaders {
  readonly readers: readonly PassingReader[];
  /** The region that new messages are written to, as far as it is written down. */
  readonly activeRegion: string;
  close(): Promise<void>;
}

/** Readers of both regions that belong to no group. @throws HaError `CONFIG`, `RECORD`: nothing was sent. */
export async function openPassingReaders(
  given: Given,
  { partitions, startAt, activeRegionOnly }: PassingRead,
  context: OpenContext & { readonly signal: AbortSignal },
): Promise<OpenedReaders> {
  const connection = await connect(given, context);
  const { settings, clock, emit, signal, primary, secondary, whereabouts } = connection;
  const { active } = whereabouts.active;
  const sides: ConsumedRegion[] = [
    { role: 'primary', region: primary, locate: (signal) => primaryStream(connection, signal) },
    { role: 'secondary', region: secondary, locate: (signal) => findSecondary(connection, signal) },
  ];
  const readers = sides
    .filter(({ role }) => !activeRegionOnly || role === active)
    .map((consumed) => {
      const isActive = consumed.role === active;
      return new PassingReader({ consumed, partitions, startAt, isActive, settings, clock, emit, signal });
    });
  return {
    readers,
    activeRegion: active === 'primary' ? primary.name : secondary.name,
    async close() {
      await Promise.all([primary.close(), secondary.close()]);
    },
  };
}
