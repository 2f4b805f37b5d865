import type { HaEvent } from '../events.ts';

/** What a command says of its own run, beside the events. */
export type NoteType =
  | 'started'
  | 'stopping'
  | 'active-since'
  | 'lines-not-stored'
  | 'input-failed'
  | 'output-lost'
  | 'partitions-held'
  | 'interrupted'
  | 'summary'
  | 'failed'
  | 'wrong-use'
  | 'node-warning'
  | 'log-dropped';

/** Every `type` that a line of `--log json` can have, and what it tells. docs/events.md is made of it. */
export const EVENT_LIST: Readonly<Record<HaEvent['type'] | NoteType, string>> = {
  'attempt-failed':
    'An attempt to store a batch failed. `attempt` is counted from 1 for each batch and region; `messages` is the size of the batch.',
  'failover-started': 'The active region is judged down: `because` has the evidence.',
  'failover-done': 'Messages go to the other region from now on.',
  'failback-done': 'Messages go to the primary again.',
  stayed: 'The region that was being left answers again before the other one could take over.',
  'standby-unusable':
    'The standby cannot be used, and only a person can repair that; said when it is found and when it changes.',
  'standby-usable': 'The standby can be used, after it could not.',
  'stream-gone': 'The control plane says that the active stream is gone; another one is found or created.',
  'switch-refused': 'A switch that the record or an operator asked for cannot be made; why.',
  'hold-changed': 'An operator forbids changes of the active region, or allows them again.',
  'secondary-stuck': 'The secondary is being created for minutes; what its work request says.',
  'first-stored': 'The first batch that a region stored after a switch.',
  'no-region': 'No region takes messages; they wait.',
  degraded: 'Calls to a region take long. It is not left for that.',
  'prompt-again': 'Calls to a slow region are fast again.',
  probe: 'A probe of the region that was left (with `--debug`).',
  'trial-failed': 'One real batch was tried in the primary before failback, and failed.',
  reordered: 'Later messages of a key were stored before earlier ones.',
  'entries-refused': 'A region stored a part of a batch; the rest goes again (with `--debug`).',
  'delivery-failed': 'Messages were not stored.',
  'secondary-absent': 'There is no secondary stream yet; it is being created.',
  'secondary-created': 'The secondary stream was created.',
  'secondary-adopted': 'A secondary stream was found.',
  'secondary-awaited': 'The secondary stream is not ACTIVE yet.',
  'provision-failed': 'The secondary stream could not be found or created; it is tried again.',
  'record-written': 'stream.properties was written.',
  'record-failed': 'stream.properties could not be written; it is tried again.',
  'record-changed': 'stream.properties says something new.',
  'environment-exported': 'SECONDARY_STREAM_OCID and SECONDARY_STREAM_ENDPOINT were exported.',
  'stack-refreshed': 'The Pulumi stack outputs have the switch too.',
  'stack-skipped': 'There is no Pulumi stack here (with `--debug`).',
  'read-failed': 'A read failed; it is tried again.',
  'now-consuming': 'The other region is the active one for reading from now on.',
  gap: 'Retention removed messages before they were read.',
  'cursor-renewed': 'A cursor was made again (with `--debug`).',
  'handler-failed': 'A handler failed with a message.',
  'clock-corrected': "This machine's clock is wrong; requests are dated by the region's clock.",
  warning: 'Anything else that a person should see; `about` names it.',
  started: 'The command is ready: which region is active, and since when; of a consumer, its group.',
  stopping: 'A signal asked the command to end; what is on its way is finished first.',
  'active-since':
    'Now and then while the secondary is active: why, what the primary says, and when failback is possible.',
  'lines-not-stored': 'Lines of the input that were not stored, by number, with the reason.',
  'input-failed': 'The input could not be read to its end.',
  'output-lost': 'Standard output cannot be written any more.',
  'partitions-held': 'Another member of the group holds partitions: their messages are not read here.',
  interrupted: 'A second signal ended the command at once; what is left.',
  summary: 'The last line of a run: what became of everything.',
  failed: 'The command ended with an error.',
  'wrong-use': 'Wrong use of the command line; nothing was sent.',
  'node-warning': 'A warning of Node.js itself.',
  'log-dropped': 'The reader of the log was too slow, and lines were dropped.',
};
