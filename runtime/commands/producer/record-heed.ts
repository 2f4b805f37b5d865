import type { Clock } from '../../clock.ts';
import type { Note } from '../../log/index.ts';
import { watchRecord, type RecordWatchOptions, type StreamRecord } from '../../record/index.ts';

/** A switch of another process reaches this one within this time, or it does not follow (ms). */
const PATIENCE_MS = 5_000;

interface HeedParts extends Pick<RecordWatchOptions, 'file' | 'settings' | 'known'> {
  readonly clock: Clock;
  /** Where this process writes now. */
  readonly region: () => string | undefined;
  readonly note: (note: Note) => void;
}

/**
 * Says when stream.properties names another active region than the one that this producer writes to, for longer than a
 * switch takes: somebody changed the file by hand, or another process sees other regions than this one.
 */
export function watchForDisagreement({ file, settings, known, clock, region, note }: HeedParts): {
  close(): void;
} {
  let cancel = (): void => {};
  const compare = ({ activeRegion }: StreamRecord): void => {
    cancel();
    if (activeRegion === undefined || activeRegion === region()) return;
    cancel = clock.after(PATIENCE_MS, () => {
      const here = region();
      if (here === activeRegion) return;
      note({
        type: 'record-not-obeyed',
        level: 'warn',
        ...(here === undefined ? {} : { region: here }),
        lines: [
          `${file} says that ${activeRegion} is active, but this process writes to ${here ?? 'no region'}: the file is not obeyed by a running producer, which follows what it sees of the regions. \`status\` shows which process writes where.`,
        ],
        fields: { file, recordedRegion: activeRegion },
      });
    });
  };
  const watch = watchRecord({ file, settings, known, clock, emit: () => {}, onChange: compare });
  return {
    close() {
      cancel();
      watch.close();
    },
  };
}
