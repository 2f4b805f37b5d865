import type { ProducerStats } from '../../producer/index.ts';
import { EXIT } from '../exit-codes.ts';
import type { Place } from './lines-not-stored.ts';
import type { StopReason } from './stop.ts';

/** How a run of the producer ended. */
export interface RunEnd {
  readonly stopped: StopReason | undefined;
  /** 130 or 143 when a signal came. */
  readonly interruptedCode: number | undefined;
  /** All that was asked for was taken: the input to its end, or `--count` messages. */
  readonly isComplete: boolean;
  readonly notStored: number;
  readonly firstNotStored: Place | undefined;
  readonly lastError: Error | undefined;
  /** Messages of the outbox, of earlier processes included, that no region takes, or that were too old. */
  readonly setAside: number;
  /** Messages of a damaged outbox that could not be recovered. */
  readonly unrecovered: number;
  readonly inputFailed: boolean;
  /** Receipts that standard output did not take, because it was lost or because its reader does not read. */
  readonly output: 'written' | 'lost' | { readonly waitingBytes: number };
  /** Why the file of `--failed` is not complete. */
  readonly failedLinesProblem: Error | undefined;
  readonly storedInSecondary: number;
  /** What waits on disk, messages of earlier processes included. */
  readonly outbox: ProducerStats['outbox'];
}

/** The exit code of a run, by what weighs most. */
export function producerExitCode(end: RunEnd): number {
  const { outbox } = end;
  if (end.stopped?.type === 'refused') return EXIT.usage;
  const failed = end.notStored + end.setAside + end.unrecovered + (outbox?.lost ?? 0);
  const isUnfinished = !end.isComplete || failed > 0;
  if (end.interruptedCode !== undefined && isUnfinished) return end.interruptedCode;
  const isIncomplete = end.inputFailed || end.output !== 'written' || end.failedLinesProblem !== undefined;
  if (isUnfinished || isIncomplete) return EXIT.failed;
  if (outbox !== undefined && (outbox.messages > 0 || outbox.isRecovering)) return EXIT.outbox;
  return end.storedInSecondary > 0 ? EXIT.failedOver : EXIT.done;
}

/** What was not done, and why, in sentences; none when all was done. */
export function whatIsLeft(end: RunEnd): string[] {
  const { notStored, setAside, unrecovered, lastError, output, failedLinesProblem } = end;
  return [
    ...whyStopped(end),
    ...(notStored === 0 ? [] : [`${messages(notStored, 'was', 'were')} not stored.`]),
    ...whereTheFirstIs(end),
    ...inOutbox(end),
    ...(setAside === 0
      ? []
      : [
          `${messages(setAside, 'is', 'are')} in failed.jsonl of the outbox: no region takes them, or they were too old.`,
        ]),
    ...(unrecovered === 0
      ? []
      : [`${messages(unrecovered, 'was', 'were')} not readable in a damaged outbox.`]),
    ...(lastError === undefined ? [] : [`not stored: ${lastError.message}`]),
    ...(typeof output === 'string'
      ? []
      : [
          `${output.waitingBytes} bytes of receipts were not written: the reader of standard output does not read.`,
        ]),
    ...(failedLinesProblem === undefined ? [] : [`--failed is not complete: ${failedLinesProblem.message}`]),
  ];
}

export function whereTheFirstIs({ firstNotStored: first }: Pick<RunEnd, 'firstNotStored'>): string[] {
  return first === undefined ? [] : [`The first line that was not stored: ${first.line} of ${first.source}.`];
}

function whyStopped({ stopped, isComplete }: RunEnd): string[] {
  const rest = isComplete ? '' : ' The input was not read to its end.';
  switch (stopped?.type) {
    case undefined:
      return [];
    case 'interrupted':
      return isComplete ? [] : [`Interrupted.${rest}`];
    case 'deadline':
      return [`The deadline has passed.${rest}`];
    case 'refused':
      return [`Stopped: every later message would meet the same error.${rest}`];
  }
}

function inOutbox({ outbox }: RunEnd): string[] {
  if (outbox === undefined) return [];
  const { messages: waiting, isRecovering, lost, directory } = outbox;
  const them = waiting === 1 ? 'it' : 'them';
  return [
    ...(waiting === 0
      ? []
      : [
          `${messages(waiting, 'waits', 'wait')} in ${directory}: the next producer here sends ${them} first, and \`oci-streaming-ha outbox send\` sends ${them} now.`,
        ]),
    ...(isRecovering
      ? [
          `A damaged file in ${directory} is not recovered to its end yet: the next producer here, or \`oci-streaming-ha outbox send\`, goes on.`,
        ]
      : []),
    ...(lost === 0
      ? []
      : [
          `${messages(lost, 'is', 'are')} lost: the files in ${directory} were removed while they were in use.`,
        ]),
  ];
}

/** `1 message is`, `2 messages are`. */
export function messages(count: number, one: string, many: string): string {
  return count === 1 ? `1 message ${one}` : `${count} messages ${many}`;
}
