import { age, type Stream } from '../state/index.ts';
import type { Context } from './operation.ts';
import { refusal } from './service-error.ts';

/** The stream of a control-plane call, in whatever state it is. */
export function knownStream({ region }: Context, streamId: string): Stream {
  const stream = region.streams.get(streamId);
  if (stream === undefined) throw refusal.notFound();
  return stream;
}

/**
 * The stream of a data-plane call, with retention done. A stream that is CREATING, FAILED or on its way out is
 * answered 404: "deleted or unreachable" is the documentation's word for that code. (unconfirmed for CREATING)
 */
export function liveStream(context: Context, streamId: string): Stream {
  const stream = knownStream(context, streamId);
  if (stream.lifecycleState !== 'ACTIVE' && stream.lifecycleState !== 'UPDATING') throw refusal.notFound();
  age(stream, context.now, context.retentionMs);
  return stream;
}

/** The partition that a client named, with its log. */
export function partitionOf(stream: Stream, partition: string) {
  const index = /^\d{1,6}$/.test(partition) ? Number(partition) : -1;
  const log = stream.partitions[index];
  if (log === undefined) throw refusal.invalid(`partition: the stream has no partition ${partition}`);
  return { index, log };
}
