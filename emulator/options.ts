import type { Clock } from './clock.ts';
import type { Scenario } from './scenario.ts';
import type { Signatures } from './security/users.ts';
import type { Limits } from './state/limits.ts';

export interface EmulatorOptions {
  /** Names of the regions. Default `sa-saopaulo-1` and `sa-vinhedo-1`. */
  readonly regions?: readonly string[];
  /** Address of the region listeners. Default 127.0.0.1, which only this machine can reach. */
  readonly host?: string;
  /** The host in the emulator's URLs, also in a stream's `messagesEndpoint`. Default: `host`, or 127.0.0.1 if `host` is 0.0.0.0. */
  readonly advertise?: string;
  /** Address of the control listener. Default 127.0.0.1, whatever `host` is: every client of it can break regions. */
  readonly controlHost?: string;
  /** Port of the first region; the other regions get the next ports. Default 0: any free ports. */
  readonly port?: number;
  /** Port of the control listener. Default 0: any free port. */
  readonly controlPort?: number;
  /** How long a stream is CREATING before it is ACTIVE, in milliseconds. Default 0. */
  readonly createDelayMs?: number;
  /** How long a stream is UPDATING, in milliseconds. Default 0. */
  readonly updateDelayMs?: number;
  /** How long a stream is DELETING before it is DELETED, in milliseconds. Default 0. */
  readonly deleteDelayMs?: number;
  /** The probability of a gap before an offset, 0 to 1. Default 0. */
  readonly offsetGapProbability?: number;
  /** `strict`: the service's limits; `relaxed` (default): none; or limits by name. Sizes are always limited. */
  readonly limits?: 'strict' | 'relaxed' | Partial<Limits>;
  /** Whether a 429 has a `retry-after` header. Default false: whether the service sends it is unknown. */
  readonly retryAfter?: boolean;
  /** Memory for the messages of a region, in bytes (an estimate). Default 512 MiB. */
  readonly maxStoredBytes?: number;
  /** Above `maxStoredBytes`: refuse puts (default), or remove the oldest messages as retention does. */
  readonly whenFull?: 'refuse' | 'drop-oldest';
  /**
   * `required`: every call must be signed, as in the service. `checked` (default): unsigned calls pass, wrong signatures are refused.
   * `ignored`: signatures are not checked. Only the keys in the emulator's own config file are accepted.
   */
  readonly signatures?: Signatures;
  /**
   * More users: the profile in the config file, and its permissions in the words of a policy:
   * `{ writer: ['use stream-push in compartment ocid1…', 'read streams'] }`. The profile `DEFAULT` is permitted everything.
   * Each user has a second profile (`writer_SESSION`), which signs with a session token.
   */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** TLS, with a certificate that the emulator creates. Default false. */
  readonly tls?: boolean;
  /** A directory for all data, including keys. It survives `kill -9`. Default: memory only. */
  readonly data?: string;
  /** A timeline of faults. Its seed makes random choices the same in each run. */
  readonly scenario?: Scenario;
  /** Receives one line for each call. */
  readonly log?: (line: string) => void;
  /** Receives the `say` lines of the scenario's steps. */
  readonly say?: (line: string) => void;
  /** Time and random numbers. Default: the machine's. `emulator.clock` can be moved relative to it. */
  readonly clock?: Clock;
}

export const DEFAULT_REGIONS: readonly string[] = Object.freeze(['sa-saopaulo-1', 'sa-vinhedo-1']);

/** A wrong option, flag or command. The message is one line that says which, and why. */
export class UsageError extends Error {}
