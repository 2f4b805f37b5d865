import type { Clock } from './clock.ts';

export interface EmulatorOptions {
  /** Names of the regions. Default `sa-saopaulo-1` and `sa-vinhedo-1`. */
  readonly regions?: readonly string[];
  /** Where to listen. Default 127.0.0.1: nobody else can reach it. */
  readonly host?: string;
  /** Port of the first region; the others follow. 0, the default here, takes any free ports. */
  readonly port?: number;
  /** Port of the control listener. 0, the default here, takes any free one. */
  readonly controlPort?: number;
  /** How long a stream is CREATING before it is ACTIVE, in milliseconds. Default 0. */
  readonly createDelayMs?: number;
  /** How long a stream is UPDATING, in milliseconds. Default 0. */
  readonly updateDelayMs?: number;
  /** How long a stream is DELETING before it is DELETED, in milliseconds. Default 0. */
  readonly deleteDelayMs?: number;
  /** How often offsets leave a gap, 0 to 1. Default 0. */
  readonly offsetGapProbability?: number;
  /** Time and chance. Default: the machine's. The emulator can be moved against it. */
  readonly clock?: Clock;
}

export const DEFAULT_REGIONS: readonly string[] = Object.freeze(['sa-saopaulo-1', 'sa-vinhedo-1']);

/** An option, flag or command that cannot be: one line that says which and why. */
export class UsageError extends Error {}

export function checkedOptions(options: EmulatorOptions) {
  const checked = {
    regions: options.regions ?? DEFAULT_REGIONS,
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    controlPort: options.controlPort ?? 0,
    createDelayMs: options.createDelayMs ?? 0,
    updateDelayMs: options.updateDelayMs ?? 0,
    deleteDelayMs: options.deleteDelayMs ?? 0,
    offsetGapProbability: options.offsetGapProbability ?? 0,
  };
  if (checked.regions.length === 0) throw new UsageError('regions: at least one is needed');
  for (const region of checked.regions) {
    if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region))
      throw new UsageError(`regions: ${region} is not a region's name`);
  }
  if (new Set(checked.regions).size < checked.regions.length)
    throw new UsageError('regions: one is named twice');
  for (const name of ['port', 'controlPort'] as const) checkRange(name, checked[name], 0, 65_535, true);
  for (const name of ['createDelayMs', 'updateDelayMs', 'deleteDelayMs'] as const) {
    checkRange(name, checked[name], 0, Number.MAX_SAFE_INTEGER, true);
  }
  checkRange('offsetGapProbability', checked.offsetGapProbability, 0, 1, false);
  return checked;
}

function checkRange(name: string, value: number, min: number, max: number, whole: boolean): void {
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return;
  throw new UsageError(
    `${name}: must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}, not ${value}`,
  );
}
