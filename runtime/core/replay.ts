/**
 * Messages that are handled but perhaps not committed, per partition, as their offsets in order. A new group cursor
 * starts from the committed offset, so exactly these come again first, and need not be handed out twice.
 *
 * Only that exact sequence is left out. Anything else means that somebody moved the group (an operator's reset, another
 * member's commit): then every message is handed out, because a copy is better than a gap. Offsets are not dense, so a
 * range would not do.
 */
export type Replay = ReadonlyMap<string, readonly number[]>;

interface Position {
  readonly partition: string;
  readonly offset: number;
}

export const NO_REPLAY: Replay = new Map();

/** What comes again when the cursor is lost after `handled`, the last answer: it stands before what was awaited already. */
export function expectAgain(replay: Replay, handled: readonly Position[]): Replay {
  if (handled.length === 0) return replay;
  const expected = new Map<string, number[]>();
  for (const { partition, offset } of handled) {
    const offsets = expected.get(partition);
    if (offsets === undefined) expected.set(partition, [offset]);
    else offsets.push(offset);
  }
  for (const [partition, offsets] of replay) {
    expected.set(partition, [...(expected.get(partition) ?? []), ...offsets]);
  }
  return expected;
}

/** The messages of an answer that are to be handed out, and what is still expected to come again. */
export function leaveOutReplayed<M extends Position>(
  replay: Replay,
  messages: readonly M[],
): { readonly fresh: readonly M[]; readonly replay: Replay } {
  if (replay.size === 0) return { fresh: messages, replay };
  const left = new Map(replay);
  const seen = new Map<string, number>();
  const fresh = messages.filter(({ partition, offset }) => {
    const index = seen.get(partition) ?? 0;
    const comesAgain = left.get(partition)?.[index] === offset;
    if (comesAgain) seen.set(partition, index + 1);
    else left.delete(partition);
    return !comesAgain;
  });
  for (const [partition, index] of seen) {
    const later = left.get(partition)?.slice(index) ?? [];
    if (later.length > 0) left.set(partition, later);
    else left.delete(partition);
  }
  return { fresh, replay: left };
}
