import { CallError, HaError } from '../errors.ts';
import { failureKind, isTransient } from '../core/index.ts';

export type CommandName = 'producer' | 'consumer' | 'status' | 'env' | 'config' | 'completion' | 'outbox';

export interface ExitCodeRow {
  readonly code: number;
  readonly name: string;
  readonly meaning: string;
  /** The commands that can end with it; undefined: every command. */
  readonly commands?: readonly CommandName[];
}

/** `--help` of each command prints its rows. The README has all rows, and a test compares them. */
export const EXIT_CODES = [
  { code: 0, name: 'done', meaning: 'all that was asked for was done' },
  { code: 1, name: 'failed', meaning: 'something was not done; stderr says what and why' },
  {
    code: 2,
    name: 'usage',
    meaning: 'wrong use, configuration, credentials or permission: it would fail again in the same way',
  },
  {
    code: 10,
    name: 'failedOver',
    meaning: 'done, and messages went to the secondary (status: the secondary is active and takes messages)',
    commands: ['producer', 'status'],
  },
  { code: 11, name: 'bothDown', meaning: 'both regions are down', commands: ['status'] },
  {
    code: 12,
    name: 'cannotTell',
    meaning:
      'neither well nor surely down: configuration, credentials, a stream that does not exist yet, or processes that disagree',
    commands: ['status'],
  },
  {
    code: 13,
    name: 'outbox',
    meaning: 'messages wait in the outbox, on the disk of this machine; stderr says what sends them',
    commands: ['producer', 'outbox'],
  },
  { code: 130, name: 'interrupted', meaning: 'SIGINT came before all was done; stderr says what is left' },
  {
    code: 143,
    name: 'terminated',
    meaning: 'SIGTERM or SIGHUP came before all was done; stderr says what is left',
  },
] as const satisfies readonly ExitCodeRow[];

type ExitName = (typeof EXIT_CODES)[number]['name'];

/** The codes by name. */
export const EXIT = Object.freeze(
  Object.fromEntries(EXIT_CODES.map(({ name, code }) => [name, code])),
) as Readonly<Record<ExitName, number>>;

export function exitCodesOf(command: CommandName): readonly ExitCodeRow[] {
  return (EXIT_CODES as readonly ExitCodeRow[]).filter(
    ({ commands }) => commands === undefined || commands.includes(command),
  );
}

/** Every later call would fail in the same way until a person changes something: credentials, permission, configuration. */
export function meetsEveryCall(error: unknown): boolean {
  if (error instanceof CallError) {
    return !isTransient(error.failure) && failureKind(error.failure) !== 'caller-fault';
  }
  return error instanceof HaError && ['AUTH', 'NOT_AUTHORIZED_OR_NOT_FOUND', 'CONFIG'].includes(error.code);
}

/** The code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (meetsEveryCall(error)) return EXIT.usage;
  return error instanceof HaError && ['RECORD', 'OUTBOX'].includes(error.code) ? EXIT.usage : EXIT.failed;
}
