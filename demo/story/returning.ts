import { PRIMARY, SECONDARY } from '../places.ts';
import { CUES, FAILBACK_AFTER_S } from '../stage/index.ts';
import { stranded } from '../verdict/index.ts';
import { Disproved, type Scene } from './step.ts';

/** The producer's exit code when all is well, but the secondary had to take over. */
const FAILED_OVER = 10;

export async function heal({ journal, control, payments }: Scene, signal: AbortSignal): Promise<string> {
  const wanted = journal.storedIn(SECONDARY.region) + payments.in(1);
  await journal.until(() => journal.storedIn(SECONDARY.region) >= wanted, signal);
  await control.cue(CUES.heals);
  journal.notes('healed');
  if ((await control.faults(PRIMARY.region)) > 0) throw new Disproved(`${PRIMARY.city} still has faults`);
  return `${PRIMARY.city} is well again. The producer looks on for ${FAILBACK_AFTER_S} s (by default a minute) before it trusts it.`;
}

export async function readStranded({ journal, control }: Scene, signal: AbortSignal): Promise<string> {
  const healedAt = journal.last('healed')?.at ?? 0;
  const ledger = await control.ledger();
  const lying = ledger.filter(({ region, at }) => region === PRIMARY.region && at < healedAt);
  await journal.until(() => lying.every((message) => journal.isRead(message)), signal);
  const { happenings, received } = journal;
  const left = stranded({ happenings, ledger, received });
  if (left === 0) throw new Disproved(`nothing was left unread in ${PRIMARY.city}`);
  return `${left} payments lay unread in ${PRIMARY.city} through the outage; now they are read.`;
}

export async function failBack({ journal, payments }: Scene, signal: AbortSignal): Promise<string> {
  await journal.until(() => journal.last('failback-done') !== undefined, signal);
  const wanted = journal.storedIn(PRIMARY.region) + payments.in(1);
  await journal.until(() => journal.storedIn(PRIMARY.region) >= wanted, signal);
  return `Payments are stored in ${PRIMARY.city} again.`;
}

export async function drain(scene: Scene, signal: AbortSignal): Promise<string> {
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
