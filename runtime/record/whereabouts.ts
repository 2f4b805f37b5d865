import { chooseActive, type ActiveChoice } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { StreamRef } from '../region.ts';
import { systemDisk, type Disk } from './disk.ts';
import { namedInEnvironment, type Environment } from './environment-secondary.ts';
import { KEYS } from './keys.ts';
import { judgeSecondary } from './named-secondary.ts';
import { readRecordFile } from './record-file.ts';
import { judgeRecord, type RecordTrust, type StreamRecord } from './stream-record.ts';

/** Where the streams are, as far as it is written down on this machine. */
export interface Whereabouts {
  /** What `stream.properties` says. */
  readonly record: StreamRecord;
  /** What `SECONDARY_STREAM_OCID` and `SECONDARY_STREAM_ENDPOINT` name. */
  readonly environment: StreamRef | undefined;
  /** The one to use: the file's, else the environment's. */
  readonly secondary: StreamRef | undefined;
  /** Which region to begin with, and why. */
  readonly active: ActiveChoice;
}

export interface WhereaboutsOptions {
  readonly file: string;
  readonly environment: Environment;
  readonly settings: RecordTrust;
  readonly emit: EventListener;
  readonly disk?: Disk;
}

/**
 * Reads and judges file and environment; the file wins, and a `warning` says so when they differ. Throws `CONFIG`, with
 * file and line or the variable, for what must not be believed, and `RECORD` when the file cannot be read. An environment
 * that is not needed, because the file names the secondary, is only warned of.
 */
export async function readWhereabouts(options: WhereaboutsOptions): Promise<Whereabouts> {
  const { file, settings, emit, disk = systemDisk } = options;
  const warn = (message: string): void => emit({ type: 'warning', about: 'record', message });
  const { record, warnings } = judgeRecord(await readRecordFile(file, disk), settings);
  warnings.forEach(warn);
  const environment = environmentSecondary(options, record, warn);
  if (record.secondary !== undefined && environment !== undefined && !same(record.secondary, environment)) {
    warn(
      `${file} and the environment (${KEYS.ocid}, ${KEYS.endpoint}) name different secondary streams: the file wins; unset the variables, or set them to what the file says`,
    );
  }
  return {
    record,
    environment,
    secondary: record.secondary ?? environment,
    active: activeAtStart(record, environment, settings),
  };
}

function environmentSecondary(
  { environment, settings }: WhereaboutsOptions,
  record: StreamRecord,
  warn: (message: string) => void,
): StreamRef | undefined {
  try {
    const { secondary, warnings } = judgeSecondary(namedInEnvironment(environment), settings);
    warnings.forEach(warn);
    return secondary;
  } catch (error) {
    if (record.secondary === undefined || !(error instanceof HaError)) throw error;
    warn(`${error.message}. The file names the secondary, so this is not used`);
    return undefined;
  }
}

function activeAtStart(
  { secondary, activeRegion }: StreamRecord,
  environment: StreamRef | undefined,
  regions: { readonly primaryRegion: string; readonly secondaryRegion: string },
): ActiveChoice {
  const { primaryRegion: primary, secondaryRegion } = regions;
  const named = secondary === undefined ? undefined : { ...secondary, activeRegion };
  // A file that names no secondary but says that the primary is active still outranks the environment.
  const second = activeRegion === primary ? undefined : environment;
  return chooseActive(named, second, { primary, secondary: secondaryRegion });
}

function same(one: StreamRef, other: StreamRef): boolean {
  return one.ocid === other.ocid && one.endpoint === other.endpoint;
}
