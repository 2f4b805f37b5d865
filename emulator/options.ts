import type { Clock } from './clock.ts';
import type { Scenario } from './scenario.ts';
import type { Signatures } from './security/users.ts';
import type { Limits } from './state/limits.ts';

export interface EmulatorOptions {
  /** Names of the regions. Default `sa-saopaulo-1` and `sa-vinhedo-1`. */
  readonly regions?: readonly string[];
  /** Where to listen. Default 127.0.0.1: nobody else can reach it. */
  readonly host?: string;
  /** The host in the URLs that it tells (a stream's `messagesEndpoint`, too). Default: `host`, or 127.0.0.1 for 0.0.0.0. */
  readonly advertise?: string;
  /** Where the control listener listens. Default 127.0.0.1, whatever `host` is: whoever reaches it can break regions. */
  readonly controlHost?: string;
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
  /** `strict` for the service's own, `relaxed` (default) for none, or some of them. Sizes are always checked. */
  readonly limits?: 'strict' | 'relaxed' | Partial<Limits>;
  /** Whether a 429 carries a `retry-after` header. Default no: whether the service sends it is not known. */
  readonly retryAfter?: boolean;
  /** What a region may hold in memory, in bytes, roughly. Default 512 MiB. */
  readonly maxStoredBytes?: number;
  /** A full region refuses puts (default), or drops its oldest messages as if retention took them. */
  readonly whenFull?: 'refuse' | 'drop-oldest';
  /**
   * Whether calls have to be signed: `required` as the service does, `checked` (default here) lets unsigned calls
   * pass and refuses bad signatures, `ignored` looks at none. Only keys of the emulator's own config file are known.
   */
  readonly signatures?: Signatures;
  /**
   * More users, each a profile of the config file, with what they may do in the words of a policy:
   * `{ writer: ['use stream-push in compartment ocid1…', 'read streams'] }`. `DEFAULT` may do everything.
   * Each has a second profile, `writer_SESSION`, that signs with a session token.
   */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Speaks TLS with a certificate that it makes. Default no. */
  readonly tls?: boolean;
  /** Keeps everything in this directory, keys too; it survives kill -9. Default: memory only. */
  readonly data?: string;
  /** What fails when. Its seed makes chance the same at each run. */
  readonly scenario?: Scenario;
  /** Told of each call in one line. */
  readonly log?: (line: string) => void;
  /** Told what the steps of the scenario say. */
  readonly say?: (line: string) => void;
  /** Time and chance. Default: the machine's. The emulator can be moved against it. */
  readonly clock?: Clock;
}

export const DEFAULT_REGIONS: readonly string[] = Object.freeze(['sa-saopaulo-1', 'sa-vinhedo-1']);

/** An option, flag or command that cannot be: one line that says which and why. */
export class UsageError extends Error {}
