import { CUES } from '../outages.ts';
import { PRIMARY, SECONDARY } from '../regions.ts';
import { stranded } from '../results/results.ts';
import { FAILBACK_AFTER_S } from '../sandbox/sandbox.ts';
import { Disproved, type Scene, type Step } from './run-steps.ts';

/** So many payments have to lie in the primary, unread, when all of it fails: they are what can be stranded. */
const LEFT_BEHIND = 12;

async function publish({ journal, payments }: Scene, signal: AbortSignal): Promise<string> {
  // The first one tells that both programs are up; the others come at their pace.
  payments.one();
  await journal.until(() => journal.received.length > 0, signal);
  payments.start();
  const wanted = payments.in(3);
  await journal.until(() => journal.storedIn(PRIMARY.region) >= wanted, signal);
  await journal.until(() => journal.readFrom(PRIMARY.region) >= wanted / 2, signal);
  return `${journal.storedIn(PRIMARY.region)} payments stored in ${PRIMARY.city}, ${journal.readFrom(PRIMARY.region)} of them read there.`;
}

async function breakDown({ journal, control, outage }: Scene, signal: AbortSignal): Promise<string> {
  await control.cue(CUES.readersFail);
  const before = journal.receipts.length;
  const unread = (): number =>
    journal.receipts.slice(before).filter((receipt) => !journal.isRead(receipt)).length;
  await journal.until(() => unread() >= LEFT_BEHIND, signal);
  await control.cue(CUES.allFails);
  journal.notes('outage');
  return `${PRIMARY.city} ${outage.words}. ${unread()} payments are stored there that nobody has read.`;
}

async function retry({ journal }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('attempt-failed', 'primary') !== undefined, signal);
  return 'The producer tries again, and keeps what it is given meanwhile.';
}

async function judge({ journal }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failover-started', 'primary') !== undefined, signal);
  const because = journal.last('failover-started')?.because;
  const evidence =
    typeof because === 'object' ? `${because.failures} failures, the latest: ${because.latest}` : '';
  return `The producer judges ${PRIMARY.city} down (${evidence}) and turns to ${SECONDARY.city}.`;
}

async function makeSecondary({ journal, control }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('secondary-created') !== undefined, signal);
  const made = journal.last('secondary-created')?.stream;
  const { streams } = await control.region(SECONDARY.region);
  const [stream, ...others] = streams;
  if (stream === undefined || others.length > 0 || stream.id !== made?.ocid) {
    throw new Disproved(`${SECONDARY.city} holds ${streams.length} streams, not the one that was announced`);
  }
  return `There was none: ${stream.name} is made in ${SECONDARY.city}, ${stream.partitions.length} partitions as in ${PRIMARY.city}.`;
}

async function failOver({ journal }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failover-done') !== undefined, signal);
  await journal.until(() => journal.last('first-stored', 'secondary') !== undefined, signal);
  await journal.until(() => journal.storedIn(SECONDARY.region) > 0, signal);
  return `Payments are stored in ${SECONDARY.city}; those that had to wait went first.`;
}

async function writeDown(scene: Scene, signal: AbortSignal): Promise<string> {
  const { journal } = scene;
  await journal.until(() => journal.last('record-written') !== undefined, signal);
  const made = journal.last('secondary-created')?.stream;
  const record = await scene.recordLines();
  const environment = await scene.environmentLines();
  for (const [where, lines] of Object.entries({ 'stream.properties': record, env: environment })) {
    const text = lines.join('\n');
    if (made !== undefined && text.includes(made.ocid) && text.includes(made.endpoint)) continue;
    throw new Disproved(`${where} does not name the secondary: ${text}`);
  }
  scene.quote('stream.properties', record);
  scene.quote('npm run --silent env', environment);
  return `Other programs find ${SECONDARY.city} in the file, or by eval "$(npm run --silent env)".`;
}

async function follow({ journal }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('now-consuming', 'secondary') !== undefined, signal);
  await journal.until(() => journal.readFrom(SECONDARY.region) > 0, signal);
  return `The consumer reads in ${SECONDARY.city}, and goes on asking ${PRIMARY.city}.`;
}

/** The producer's exit code when all is well, but the secondary had to take over. */
const FAILED_OVER = 10;

async function heal({ journal, control, payments }: Scene, signal: AbortSignal): Promise<string> {
  const wanted = journal.storedIn(SECONDARY.region) + payments.in(1);
  await journal.until(() => journal.storedIn(SECONDARY.region) >= wanted, signal);
  await control.cue(CUES.heals);
  journal.notes('healed');
  if ((await control.faults(PRIMARY.region)) > 0) throw new Disproved(`${PRIMARY.city} still has faults`);
  return `${PRIMARY.city} is well again. The producer looks on for ${FAILBACK_AFTER_S} s (by default a minute) before it trusts it.`;
}

async function readStranded({ journal, control }: Scene, signal: AbortSignal): Promise<string> {
  const healedAt = journal.last('healed')?.at ?? 0;
  const ledger = await control.ledger();
  const lying = ledger.filter(({ region, at }) => region === PRIMARY.region && at < healedAt);
  await journal.until(() => lying.every((message) => journal.isRead(message)), signal);
  const { happenings, received } = journal;
  const left = stranded({ happenings, ledger, received });
  if (left === 0) throw new Disproved(`nothing was left unread in ${PRIMARY.city}`);
  return `${left} payments lay unread in ${PRIMARY.city} through the outage; now they are read.`;
}

async function failBack({ journal, payments }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failback-done') !== undefined, signal);
  const wanted = journal.storedIn(PRIMARY.region) + payments.in(1);
  await journal.until(() => journal.storedIn(PRIMARY.region) >= wanted, signal);
  return `Payments are stored in ${PRIMARY.city} again.`;
}

async function drain(scene: Scene, signal: AbortSignal): Promise<string> {
  const { journal, control, payments, producer, consumer } = scene;
  payments.stop();
  const { exitCode, lastWords } = await producer.finish();
  if (exitCode !== FAILED_OVER) {
    throw new Disproved(`the producer ended with exit code ${exitCode}, not ${FAILED_OVER}: ${lastWords}`);
  }
  const ledger = await control.ledger();
  await journal.until(() => ledger.every((message) => journal.isRead(message)), signal);
  await consumer.stop();
  return `The producer stored what it had and ended (exit code ${FAILED_OVER}: failed over), the consumer read on to the end.`;
}

/** The story, from top to bottom. */
export const STORY: readonly Step[] = [
  { title: 'publish', awaits: 'three seconds of payments', withinMs: 30_000, play: publish },
  { title: 'outage', awaits: 'an outage', withinMs: 10_000, play: breakDown },
  { title: 'retry', awaits: 'a failed attempt', withinMs: 10_000, play: retry },
  { title: 'verdict', awaits: 'the verdict on São Paulo', withinMs: 20_000, play: judge },
  { title: 'secondary', awaits: 'a stream in Vinhedo', withinMs: 15_000, play: makeSecondary },
  { title: 'failover', awaits: 'the first payment stored in Vinhedo', withinMs: 15_000, play: failOver },
  { title: 'record', awaits: 'stream.properties', withinMs: 15_000, play: writeDown },
  { title: 'consumer', awaits: 'the consumer in Vinhedo', withinMs: 20_000, play: follow },
  { title: 'heal', awaits: 'a second of payments in Vinhedo', withinMs: 20_000, play: heal },
  { title: 'stranded', awaits: 'what was left in São Paulo', withinMs: 20_000, play: readStranded },
  { title: 'failback', awaits: 'the way back to São Paulo', withinMs: 40_000, play: failBack },
  { title: 'drain', awaits: 'the last payments', withinMs: 30_000, play: drain },
];
