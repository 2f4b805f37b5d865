import { systemClock, type Clock } from '../clock.ts';
import { activeAtStart, type ActiveAtStart, type StreamRef } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { systemDisk, type Disk } from './disk.ts';
import {
  checkRecord,
  checkSecondary,
  KEYS,
  namedInEnvironment,
  type RecordTrust,
  type StreamRecord,
} from './format.ts';
import { readRecordFile, readStateFile } from './record-file.ts';
import type { RuntimeState } from './state-format.ts';

/** What this machine has recorded: the record, the environment, and the state of our own processes. */
export interface RecordedState extends ActiveAtStart, RuntimeState {
  /** The content of `stream.properties`. */
  readonly record: StreamRecord;
  /** The secondary in `SECONDARY_STREAM_OCID` and `SECONDARY_STREAM_ENDPOINT`. */
  readonly environment: StreamRef | undefined;
  /** The secondary to use: the record's, else the environment's. */
  readonly secondary: StreamRef | undefined;
  /** When the active region became active, according to the record: ms since 1970. */
  readonly activeSince: number | undefined;
}

export interface RecordedStateOptions {
  /** The record; the state is in the file beside it. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly settings: RecordTrust;
  readonly emit: EventListener;
  readonly disk?: Disk;
  /** Only its wall time is used. */
  readonly clock?: Clock;
}

/**
 * Reads and checks record, environment and state. The record wins over the environment; a `warning` tells when they
 * differ. Throws `CONFIG`, with file and line or the variable, for values that must not be used, and `RECORD` when the
 * record cannot be read. A wrong environment while the record names the secondary, and a damaged state, are only
 * warnings.
 */
export async function readRecordedState(options: RecordedStateOptions): Promise<RecordedState> {
  const { file, settings, emit, disk = systemDisk, clock = systemClock } = options;
  const warn = (message: string): void => emit({ type: 'warning', code: 'record-not-used', message });
  const { record, warnings } = checkRecord(await readRecordFile(file, disk), settings);
  warnings.forEach(warn);
  const environment = environmentSecondary(options, record, warn);
  if (record.secondary !== undefined && environment !== undefined && !same(record.secondary, environment)) {
    emit({
      type: 'warning',
      code: 'record-differs',
      message: `${file} and the environment (${KEYS.ocid}, ${KEYS.endpoint}) name different secondary streams: the file wins; unset the variables, or set them to what the file says`,
    });
  }
  const remembered = await readStateFile(file, { ...settings, wall: clock.wall() }, disk);
  for (const message of remembered.warnings) emit({ type: 'warning', code: 'state-not-used', message });
  const { activeSince } = record;
  return {
    record,
    environment,
    secondary: record.secondary ?? environment,
    ...activeAtStart(record, environment, settings.primaryRegion),
    activeSince: activeSince === undefined ? undefined : Date.parse(activeSince),
    ...remembered.state,
  };
}

function environmentSecondary(
  { environment, settings }: RecordedStateOptions,
  record: StreamRecord,
  warn: (message: string) => void,
): StreamRef | undefined {
  try {
    const { secondary, warnings } = checkSecondary(namedInEnvironment(environment), settings);
    warnings.forEach(warn);
    return secondary;
  } catch (error) {
    if (record.secondary === undefined || !(error instanceof HaError)) throw error;
    warn(`${error.message}. The file names the secondary, so this is not used`);
    return undefined;
  }
}

function same(one: StreamRef, other: StreamRef): boolean {
  return one.ocid === other.ocid && one.endpoint === other.endpoint;
}
