import type { Role } from '../../runtime/core/index.ts';

/**
 * A world and everything that happens to it, as data: a seed fills it, a failing one is shrunk by deleting faults, and is
 * kept as a file. Times are virtual ms from the beginning.
 */
export interface Schedule {
  /** Chance inside the world (latencies, which of the calls a share of errors hits) is drawn from it. */
  readonly seed: number;
  /** Faults and traffic end here; then the world is well, and everything must arrive. */
  readonly durationMs: number;
  readonly partitions: { readonly primary: number; readonly secondary: number };
  /** Whether the secondary stream is there from the beginning. */
  readonly secondaryReady: boolean;
  readonly createDelayMs: number;
  /** The service's limits of calls and bytes a second. */
  readonly strictLimits: boolean;
  readonly settings: Readonly<Record<string, number | boolean | string>>;
  readonly producers: readonly ProducerPlan[];
  readonly consumers: readonly ConsumerPlan[];
  readonly faults: readonly Fault[];
}

export interface ProducerPlan {
  /** Processes of one machine share its disk, and so the record. */
  readonly machine: number;
  readonly everyMs: number;
  /**
   * A sender that awaits each message before the next one: it sends two every `everyMs`, the second so many turns after
   * the first is settled. Absent: it awaits none.
   */
  readonly againAfterTurns?: number;
  /** 0: messages have no key. */
  readonly keys: number;
  readonly bytes: number;
  /** A sender that gives each message up after so long. */
  readonly abortAfterMs?: number;
  /** One message in so many spoils its batch (400). */
  readonly poisonEvery?: number;
}

export interface ConsumerPlan {
  readonly machine: number;
  readonly handlerMs: number;
  /** A handler that takes no time ends so many turns after its call. Absent: none. */
  readonly handlerTurns?: number;
}

/** How a call to a region ends. */
export type How =
  | {
      readonly type: 'status';
      readonly status: number;
      /** It is stored all the same. */
      readonly stored?: boolean;
      readonly afterMs?: number;
      readonly retryAfter?: string;
    }
  | { readonly type: 'refused' | 'dns' | 'tls' | 'network' | 'local' | 'throws' }
  | { readonly type: 'hang' | 'reset'; readonly stored: boolean }
  /** Stored, and answered with what is no JSON, or with too few results. */
  | { readonly type: 'unreadable' | 'short' }
  | { readonly type: 'slow'; readonly ms: number };

interface Lasting {
  readonly at: number;
  readonly forMs: number;
}

export interface CallFault extends Lasting {
  readonly type: 'calls';
  readonly region: Role;
  readonly plane: 'data' | 'control';
  readonly calls: 'all' | 'writes' | 'reads';
  /** Of the calls, in 0 to 1. */
  readonly share: number;
  readonly how: How;
  /** Only calls of this process; all of them when absent. */
  readonly process?: number;
}

export type Fault =
  | CallFault
  /** Entries of one partition, or a share of all, are refused inside an answer of 200. */
  | (Lasting & {
      readonly type: 'entries';
      readonly region: Role;
      readonly status: number;
      readonly share: number;
      readonly partition?: number;
    })
  | (Lasting & { readonly type: 'kill' | 'stop' | 'pause'; readonly process: number })
  /** The process ends in its n-th write to the outbox from then on: just before it takes effect, or before it is answered. */
  | (Lasting & {
      readonly type: 'crash-at-write';
      readonly process: number;
      readonly write: number;
      readonly when: 'before' | 'after';
    })
  /** Every process of a machine ends at once, and what was written to its disk and not synced is half there. */
  | (Lasting & { readonly type: 'power-loss'; readonly machine: number })
  | { readonly type: 'wall-clock'; readonly at: number; readonly process: number; readonly byMs: number }
  | (Lasting & {
      readonly type: 'disk';
      readonly machine: number;
      readonly code: 'ENOSPC' | 'EROFS' | 'hang';
    })
  | (Lasting & { readonly type: 'handler'; readonly process: number; readonly how: 'throws' | 'slow' })
  /** By another program, for example Pulumi: it looks for nothing first. */
  | { readonly type: 'create-secondary'; readonly at: number }
  | { readonly type: 'delete-secondary'; readonly at: number }
  /** An operator takes the groups of a region back to the oldest message. */
  | { readonly type: 'reset-groups'; readonly at: number; readonly region: Role }
  /** Retention removes the oldest messages of each partition: this share of them. */
  | { readonly type: 'retention'; readonly at: number; readonly region: Role; readonly share: number }
  /** A person, or another program, writes the record of a machine. */
  | { readonly type: 'record'; readonly at: number; readonly machine: number; readonly active: Role }
  | { readonly type: 'burst'; readonly at: number; readonly process: number; readonly messages: number }
  /** CreateStream does not come to an end. */
  | (Lasting & { readonly type: 'creating'; readonly ends: 'stuck' | 'failed' });

/** When a fault is over. */
export function endOf(fault: Fault): number {
  return fault.at + ('forMs' in fault ? fault.forMs : 0);
}

/** The processes in the order of their numbers: producers, then consumers. */
export function machineOf(schedule: Schedule, process: number): number {
  const { producers, consumers } = schedule;
  return (producers[process] ?? consumers[process - producers.length])?.machine ?? 0;
}
