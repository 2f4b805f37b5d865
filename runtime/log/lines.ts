import { inShort, type Evidence, type Role } from '../core/index.ts';
import type { HaEvent } from '../events.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

export interface LogLines {
  readonly level: Level;
  readonly lines: readonly string[];
}

/**
 * What a person reads. The lines that users of the Java program know (and grep for) are word for word what they were.
 * `debug` lines are shown only when asked for.
 */
export function linesOf(event: HaEvent): LogLines {
  switch (event.type) {
    case 'attempt-failed': {
      const retrying = event.retryInMs === undefined ? '' : ' Retrying...';
      const where = event.role === 'primary' ? '' : ` (${event.region})`;
      return warn(`Attempt ${event.attempt} failed: ${inShort(event.failure)}.${retrying}${where}`);
    }
    case 'failover-started':
      return warn(
        `${ROLE_NAMES[event.role]} failed after retries -> starting failover...`,
        `  ${event.from} is judged down: ${evidenceInWords(event.because)}`,
      );
    case 'failover-done':
      return warn(`Failover done in ${seconds(event.tookMs)}: now publishing to ${event.to.region}.`);
    case 'failback-done':
      return info(
        `Failback: ${event.to.region} is well again after ${seconds(event.awayMs)}; now publishing to it.`,
      );
    case 'stayed':
      return info(`${event.stream.region} answers again after ${seconds(event.afterMs)}: no switch.`);
    case 'first-stored':
      return info(`Message sent to ${event.role} stream.`);
    case 'no-region':
      return error(
        NO_REGION[event.because],
        `  ${sentence(event.latest)} Messages wait here and go on by themselves.`,
      );
    case 'degraded':
      return warn(
        `${event.region} is slow: calls take ${seconds(event.medianMs)}. It takes messages, so no failover.`,
      );
    case 'prompt-again':
      return info(`${event.region} is prompt again: calls take ${seconds(event.medianMs)}.`);
    case 'probe':
      return debug(`Probe of ${event.region}: ${event.detail} (${event.phase}).`);
    case 'trial-failed':
      return warn(`${event.region} failed the trial before failback: ${event.failure}`);
    case 'reordered':
      return warn(
        `${event.messages} message(s) were overtaken by later ones of their key in ${event.region} (see \`strictOrder\`).`,
      );
    case 'entries-refused':
      return debug(
        `${event.region} refused ${event.messages} of ${event.of} messages (${event.status})${inPartitions(event.partitions)}; they go again.`,
      );
    case 'delivery-failed':
      return error(`${event.messages} message(s) not stored: ${event.error.message}`);
    case 'outbox-found':
      return info(
        `${count(event.messages)} of an earlier process wait in ${event.directory}; they are sent first.`,
      );
    case 'outbox-used':
      return warn(`Messages go to disk from now on (${event.because}): ${event.directory}.`);
    case 'outbox-draining': {
      const { left, perSecond, emptyInMs } = event;
      const pace = emptyInMs === undefined ? '' : `, ${perSecond} per second, done in ${seconds(emptyInMs)}`;
      return info(`Sending what is in the outbox: ${count(left)} left${pace}.`);
    }
    case 'outbox-drained':
      return info(
        `The outbox is empty: ${count(event.messages)} of it were sent in ${seconds(event.forMs)}.`,
      );
    case 'outbox-full':
      return error(`The outbox ${event.directory} takes no more: ${sentence(event.because)} Senders wait.`);
    case 'outbox-stopped':
      return error(
        `The outbox ${event.directory} cannot be used any more: ${sentence(event.because)}`,
        '  Messages wait in memory from now on.',
      );
    case 'outbox-lost':
      return error(
        `${count(event.messages)} that were on disk and in no region are lost: ${event.directory}: ${sentence(event.because)}`,
      );
    case 'outbox-failed':
      return error(
        `Message ${event.sequence} of the outbox is moved to failed.jsonl: ${event.error.message}`,
      );
    case 'outbox-damaged':
      return error(
        `${event.file} is damaged: ${sentence(event.because)} What is readable in it is recovered.`,
      );
    case 'outbox-recovered': {
      const { messages, missing, setAside } = event;
      const lost = missing === undefined ? 'it cannot be told how many are lost' : `${missing} are lost`;
      return warn(`${count(messages)} are recovered, ${lost}. The damaged file is ${setAside} now.`);
    }
    case 'secondary-absent':
      return warn('No secondary configured. Creating secondary stream...');
    case 'secondary-created':
      return info(`Secondary stream created: OCID=${event.stream.ocid} endpoint=${event.stream.endpoint}`);
    case 'secondary-adopted':
      return {
        level: event.warnings.length === 0 ? 'info' : 'warn',
        lines: [
          `Secondary stream found: OCID=${event.stream.ocid} endpoint=${event.stream.endpoint}`,
          ...event.warnings.map((warning) => `  ${warning}`),
        ],
      };
    case 'secondary-awaited':
      return info(
        `Secondary stream is ${event.state}${event.forMs < 1_000 ? '' : ` since ${seconds(event.forMs)}`}...`,
      );
    case 'secondary-stuck':
      return error(
        `Secondary stream ${event.stream} is ${event.state} since ${seconds(event.forMs)}; its work request: ${event.workRequest}. Both regions go on being asked.`,
      );
    case 'standby-unusable':
      return warn(
        `The standby in ${event.region} cannot be used: ${event.problem}`,
        '  Messages go on to the active region; a failover would have to wait for this.',
      );
    case 'standby-usable':
      return info(`The standby in ${event.region} can be used: ${event.stream.ocid}.`);
    case 'stream-gone':
      return warn(
        `Stream ${event.ocid} is gone from ${event.region}: messages in it that were not read are lost. Finding or making another.`,
      );
    case 'switch-refused':
      return warn(`No switch to ${event.region}: ${sentence(event.because)}`);
    case 'hold-changed':
      return info(
        event.hold === undefined
          ? 'The active region is not held any more.'
          : `The active region is held by ${event.hold.by}: ${event.hold.why}`,
      );
    case 'provision-failed':
      return error(`${event.error.message} ${tryingAgain(event.retryInMs)}`);
    case 'record-written':
      return info(`Written to ${event.file}: active region ${event.activeRegion}.`);
    case 'record-failed':
      return error(`${event.error.message} ${tryingAgain(event.retryInMs)}`);
    case 'record-changed':
      return info(`${event.file} changed: active region ${event.activeRegion ?? 'not named'}.`);
    case 'environment-exported':
      return info(`SECONDARY_STREAM_OCID and SECONDARY_STREAM_ENDPOINT exported: ${event.where.join(', ')}.`);
    case 'stack-refreshed':
      return info('The stack outputs tell it too (pulumi stack output).');
    case 'stack-skipped':
      return debug(`No ${event.what}: ${sentence(event.because)}`);
    case 'read-failed':
      return warn(`${ROLE_NAMES[event.role]} consumer error: ${inShort(event.failure)}`);
    case 'now-consuming':
      return info(
        `${event.role === 'secondary' ? 'FAILOVER: ' : ''}Now consuming from ${event.role} stream:`,
        `  OCID: ${event.stream.ocid}`,
        `  Endpoint: ${event.stream.endpoint}`,
      );
    case 'gap':
      return error(
        `GAP: messages that were not read${ifAny(event)} are gone from ${event.region}${placeOf(event)}: retention passed over them.`,
      );
    case 'cursor-renewed':
      return debug(`Cursor in ${event.region} made anew: ${sentence(event.because)}`);
    case 'handler-failed': {
      const { messages, retryInMs } = event;
      const again = retryInMs === undefined ? 'given up' : `again in ${seconds(retryInMs)}`;
      const isSplit = messages > 1 && retryInMs === 0;
      const what = messages === 1 ? '' : ` with ${messages} messages`;
      return warn(
        `Handler failed${what} (attempt ${event.attempt}) at ${event.region} partition ${event.partition} offset ${event.offset}: ${messageOf(event.error)}; ${isSplit ? 'now each message by itself' : again}.`,
      );
    }
    case 'dead-letter-stored': {
      const bare = event.hasReason ? '' : ' It is too large for its reason and was stored as it was.';
      return warn(
        `Dead letter: the message at ${event.region} partition ${event.partition} offset ${event.offset} was stored in ${event.stream}, ${event.to}, after ${event.attempts} attempts.${bare}`,
      );
    }
    case 'clock-corrected':
      return warn(
        `This machine's clock is ${seconds(Math.abs(event.byMs))} off ${event.region}'s: requests are dated by the region's clock.`,
      );
    case 'warning':
      return warn(`${event.message} (${event.code})`);
  }
}

const inPartitions = (partitions: readonly string[]): string =>
  partitions.length === 0 ? '' : `, partition ${partitions.join(', ')}`;

/** The region that an event is about; undefined when it is about none, or about both. */
export function regionOf(event: HaEvent): string | undefined {
  if ('region' in event) return event.region;
  if ('stream' in event) return event.stream.region;
  switch (event.type) {
    case 'failover-started':
      return event.from;
    case 'failover-done':
    case 'failback-done':
      return event.to.region;
    default:
      return undefined;
  }
}

const ROLE_NAMES: Record<Role, string> = { primary: 'Primary', secondary: 'Secondary' };

const NO_REGION = {
  'both-down': 'Both regions are down.',
  offline: 'Neither region can be reached: the fault may be on this machine or its network. No failover.',
  'no-stream': 'No region takes messages yet.',
} as const;

const debug = (...lines: string[]): LogLines => ({ level: 'debug', lines });
const info = (...lines: string[]): LogLines => ({ level: 'info', lines });
const warn = (...lines: string[]): LogLines => ({ level: 'warn', lines });
const error = (...lines: string[]): LogLines => ({ level: 'error', lines });

/** Of a partition that is empty now, it is not known whether all of it was read. */
function ifAny({ from, to }: Extract<HaEvent, { type: 'gap' }>): string {
  return from !== undefined && to === undefined ? ', if there were any,' : '';
}

function placeOf({ partition, from, to }: Extract<HaEvent, { type: 'gap' }>): string {
  const inPartition = partition === undefined ? '' : `, partition ${partition}`;
  return `${inPartition}${from === undefined ? '' : `, from offset ${from}`}${to === undefined ? '' : ` to ${to}`}`;
}

function evidenceInWords(evidence: Evidence): string {
  const kinds = Object.entries(evidence.kinds).map(([kind, times]) => `${kind} ${times}`);
  return `${evidence.failures} failures in ${seconds(evidence.lastAt - evidence.firstAt)} (${kinds.join(', ')}; latest: ${evidence.latest})`;
}

/** A reason can be a sentence of a service, with its full stop. */
const sentence = (reason: string): string => (reason.endsWith('.') ? reason : `${reason}.`);

/** Waits are random: a number of milliseconds would tell nothing. */
const tryingAgain = (inMs: number): string =>
  inMs < 1_000 ? 'Trying again.' : `Trying again in ${seconds(inMs)}.`;

const seconds = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;

const count = (messages: number): string => `${messages} ${messages === 1 ? 'message' : 'messages'}`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What a command says of its own run, beside the events: the other values of `type` in a line of `--log json`. */
export const noteTypes = Object.freeze({
  started: 'The command is ready: which region is active, and since when; of a consumer, its group.',
  stopping: 'A signal asked the command to end; what is on its way is finished first.',
  'active-since':
    'Now and then while the secondary is active: why, what the primary says, and when failback is possible.',
  'lines-not-stored': 'Lines of the input that were not stored, by number, with the reason.',
  'input-failed': 'The input could not be read to its end.',
  'output-lost': 'Standard output cannot be written any more.',
  'outbox-absent': 'The directory that is named as the outbox does not exist.',
  'partitions-held': 'Another member of the group holds partitions: their messages are not read here.',
  interrupted: 'A second signal ended the command at once; what is left.',
  summary: 'The last line of a run: what became of everything.',
  failed: 'The command ended with an error.',
  'wrong-use': 'Wrong use of the command line; nothing was sent.',
  'node-warning': 'A warning of Node.js itself.',
  'log-dropped': 'The reader of the log was too slow, and lines were dropped.',
} as const);

export type NoteType = keyof typeof noteTypes;
