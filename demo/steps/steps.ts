import { CUES, type Outage } from '../outages.ts';
import { PRIMARY, SECONDARY } from '../demo-regions.ts';
import { stranded } from '../results/results.ts';
import { FAILBACK_AFTER_S } from '../sandbox/sandbox.ts';
import { StepFailed, type StepContext, type Step } from './run-steps.ts';

/** The number of payments that must be unread in the primary when it fails, so that the demo can show stranded messages. */
const LEFT_BEHIND = 12;

async function publish({ journal, payments }: StepContext, signal: AbortSignal): Promise<string> {
  // When the first payment was received, both programs are up.
  payments.one();
  await journal.until(() => journal.received.length > 0, signal);
  payments.start();
  const wanted = payments.in(3);
  await journal.until(() => journal.storedIn(PRIMARY.region) >= wanted, signal);
  await journal.until(() => journal.readFrom(PRIMARY.region) >= wanted / 2, signal);
  return `${journal.storedIn(PRIMARY.region)} payments stored in ${PRIMARY.city}, ${journal.readFrom(PRIMARY.region)} of them read there.`;
}

async function breakDown({ journal, control, outage }: StepContext, signal: AbortSignal): Promise<string> {
  await control.cue(CUES.readersFail);
  const before = journal.receipts.length;
  const unread = (): number =>
    journal.receipts.slice(before).filter((receipt) => !journal.isRead(receipt)).length;
  await journal.until(() => unread() >= LEFT_BEHIND, signal);
  await control.cue(CUES.allFails);
  journal.addDemoEvent('outage');
  return `${PRIMARY.city} ${outage.words}. ${unread()} payments are stored there that were not read yet.`;
}

async function retry({ journal }: StepContext, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('attempt-failed', 'primary') !== undefined, signal);
  return 'The producer tries again, and keeps what it is given meanwhile.';
}

async function judge({ journal }: StepContext, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failover-started', 'primary') !== undefined, signal);
  const because = journal.last('failover-started')?.because;
  const failures =
    typeof because === 'object' ? `${because.failures} failures, the latest: ${because.latest}` : '';
  return `The producer judges ${PRIMARY.city} down (${failures}) and turns to ${SECONDARY.city}.`;
}

async function makeSecondary({ journal, control }: StepContext, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('secondary-created') !== undefined, signal);
  const made = journal.last('secondary-created')?.stream;
  const { streams } = await control.region(SECONDARY.region);
  const [stream, ...others] = streams;
  if (stream === undefined || others.length > 0 || stream.id !== made?.ocid) {
    throw new StepFailed(`${SECONDARY.city} holds ${streams.length} streams, not the one that was announced`);
  }
  return `There was none: ${stream.name} is made in ${SECONDARY.city}, ${stream.partitions.length} partitions as in ${PRIMARY.city}.`;
}

async function failOver({ journal }: StepContext, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failover-done') !== undefined, signal);
  await journal.until(() => journal.last('first-stored', 'secondary') !== undefined, signal);
  await journal.until(() => journal.storedIn(SECONDARY.region) > 0, signal);
  return `Payments are stored in ${SECONDARY.city}; those that had to wait went first.`;
}

async function writeDown(context: StepContext, signal: AbortSignal): Promise<string> {
  const { journal } = context;
  await journal.until(() => journal.last('record-written') !== undefined, signal);
  const made = journal.last('secondary-created')?.stream;
  const record = await context.recordLines();
  const environment = await context.environmentLines();
  for (const [where, lines] of Object.entries({ 'stream.properties': record, env: environment })) {
    const text = lines.join('\n');
    if (made !== undefined && text.includes(made.ocid) && text.includes(made.endpoint)) continue;
    throw new StepFailed(`${where} does not name the secondary: ${text}`);
  }
  context.quote('stream.properties', record);
  context.quote('npm run --silent env', environment);
  return `Other programs find ${SECONDARY.city} in the file, or by eval "$(npm run --silent env)".`;
}

async function follow({ journal }: StepContext, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('now-consuming', 'secondary') !== undefined, signal);
  await journal.until(() => journal.readFrom(SECONDARY.region) > 0, signal);
  return `The consumer reads in ${SECONDARY.city}, and goes on asking ${PRIMARY.city}.`;
}

/** The producer's exit code after a failover without a loss. */
const FAILED_OVER = 10;
/** The same when nothing went to the secondary. */
const DONE = 0;

async function heal({ journal, control, payments }: StepContext, signal: AbortSignal): Promise<string> {
  const wanted = journal.storedIn(SECONDARY.region) + payments.in(1);
  await journal.until(() => journal.storedIn(SECONDARY.region) >= wanted, signal);
  await control.cue(CUES.heals);
  journal.addDemoEvent('healed');
  if ((await control.faults(PRIMARY.region)) > 0) throw new StepFailed(`${PRIMARY.city} still has faults`);
  return `${PRIMARY.city} is healthy again. The producer watches it for ${FAILBACK_AFTER_S} s (by default a minute) before it switches back.`;
}

async function readStranded({ journal, control }: StepContext, signal: AbortSignal): Promise<string> {
  const healedAt = journal.last('healed')?.at ?? 0;
  const ledger = await control.ledger();
  const lying = ledger.filter(({ region, at }) => region === PRIMARY.region && at < healedAt);
  await journal.until(() => lying.every((message) => journal.isRead(message)), signal);
  const { events, received } = journal;
  const left = stranded({ events, ledger, received });
  if (left === 0) throw new StepFailed(`nothing was left unread in ${PRIMARY.city}`);
  return `${left} payments lay unread in ${PRIMARY.city} through the outage; now they are read.`;
}

async function failBack({ journal, payments }: StepContext, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failback-done') !== undefined, signal);
  const wanted = journal.storedIn(PRIMARY.region) + payments.in(1);
  await journal.until(() => journal.storedIn(PRIMARY.region) >= wanted, signal);
  return `Payments are stored in ${PRIMARY.city} again.`;
}

async function drain(context: StepContext, signal: AbortSignal): Promise<string> {
  const { journal, control, payments, producer, consumer } = context;
  payments.stop();
  const { exitCode, lastErrorLine } = await producer().endInput();
  // With both regions lost, whichever answers first takes the payments.
  const expected = context.outage.both === true ? [DONE, FAILED_OVER] : [FAILED_OVER];
  if (exitCode === null || !expected.includes(exitCode)) {
    throw new StepFailed(
      `the producer ended with exit code ${exitCode}, not ${expected.join(' or ')}: ${lastErrorLine}`,
    );
  }
  const ledger = await control.ledger();
  await journal.until(() => ledger.every((message) => journal.isRead(message)), signal);
  await consumer.stop();
  return `The producer stored what it had and ended (exit code ${exitCode}), the consumer read on to the end.`;
}

async function loseBoth({ journal, control, outage }: StepContext, signal: AbortSignal): Promise<string> {
  await control.cue(CUES.allFails);
  journal.addDemoEvent('outage');
  await journal.until(() => journal.last('no-region') !== undefined, signal);
  return `${PRIMARY.city} ${outage.words}: no region takes payments.`;
}

async function spool({ journal, payments }: StepContext, signal: AbortSignal): Promise<string> {
  const wanted = payments.in(3);
  await journal.until(() => journal.onDisk >= wanted, signal);
  return `${journal.onDisk} payments are in the outbox on disk; each has a receipt for that.`;
}

async function kill(context: StepContext, signal: AbortSignal): Promise<string> {
  const { journal, payments } = context;
  payments.stop();
  // What a producer has not acknowledged, its sender must keep.
  await journal.until(() => journal.receipts.length + journal.onDisk >= journal.sent.length, signal);
  await context.killProducer();
  await journal.until(() => journal.last('outbox-found') !== undefined, signal);
  payments.start();
  return `The producer was killed (-9). A new one finds ${journal.onDisk} payments on disk.`;
}

async function healBoth({ journal, control, payments }: StepContext, signal: AbortSignal): Promise<string> {
  const wanted = journal.onDisk + payments.in(1);
  await journal.until(() => journal.onDisk >= wanted, signal);
  await control.cue(CUES.heals);
  journal.addDemoEvent('healed');
  return 'Both regions are healthy again.';
}

async function empty({ journal }: StepContext, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('outbox-drained') !== undefined, signal);
  return 'The outbox is empty: its payments went first, in order.';
}

const PUBLISH: Step = {
  title: 'publish',
  waitsFor: 'three seconds of payments',
  withinMs: 30_000,
  run: publish,
};
const DRAIN: Step = { title: 'drain', waitsFor: 'the last payments', withinMs: 30_000, run: drain };

/** The steps of an outage, in order. */
export function stepsOf({ both = false }: Outage): readonly Step[] {
  return both ? BOTH_LOST : ONE_LOST;
}

const BOTH_LOST: readonly Step[] = [
  PUBLISH,
  { title: 'outage', waitsFor: 'the loss of both regions', withinMs: 30_000, run: loseBoth },
  { title: 'outbox', waitsFor: 'payments on disk', withinMs: 30_000, run: spool },
  { title: 'kill -9', waitsFor: 'another producer', withinMs: 30_000, run: kill },
  { title: 'heal', waitsFor: 'a second of payments on disk', withinMs: 30_000, run: healBoth },
  { title: 'sent', waitsFor: 'an empty outbox', withinMs: 60_000, run: empty },
  DRAIN,
];

const ONE_LOST: readonly Step[] = [
  PUBLISH,
  { title: 'outage', waitsFor: 'an outage', withinMs: 10_000, run: breakDown },
  { title: 'retry', waitsFor: 'a failed attempt', withinMs: 10_000, run: retry },
  { title: 'verdict', waitsFor: 'the verdict on São Paulo', withinMs: 20_000, run: judge },
  { title: 'secondary', waitsFor: 'a stream in Vinhedo', withinMs: 15_000, run: makeSecondary },
  { title: 'failover', waitsFor: 'the first payment stored in Vinhedo', withinMs: 15_000, run: failOver },
  { title: 'record', waitsFor: 'stream.properties', withinMs: 15_000, run: writeDown },
  { title: 'consumer', waitsFor: 'the consumer in Vinhedo', withinMs: 20_000, run: follow },
  { title: 'heal', waitsFor: 'a second of payments in Vinhedo', withinMs: 20_000, run: heal },
  { title: 'stranded', waitsFor: 'what was left in São Paulo', withinMs: 20_000, run: readStranded },
  { title: 'failback', waitsFor: 'the way back to São Paulo', withinMs: 40_000, run: failBack },
  DRAIN,
];
