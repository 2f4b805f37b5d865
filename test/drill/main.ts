import { parseArgs } from 'node:util';

import { HaError } from '../../runtime/index.ts';
import { numberOf, refuse, say, whenInterrupted } from '../support/command.ts';
import { drill, DrillRecord, type DrillPlan, type DrillResult } from './drill.ts';

const USAGE = `npm run drill -- [options]

Writes numbered messages to the streams that the environment and stream.properties name (as the producer would), reads them
back from both regions through a consumer group of its own, and judges the run with the simulator's checker: nothing
that was acknowledged is lost, each key keeps its order, no copies without a reason. Cause an outage meanwhile, if you
may: a policy that is taken away and given back, a firewall rule, or the emulator's control page.

  --messages N    how many (default 1000)
  --keys N        over so many keys (default 64)
  --rate N        so many a second (default 100)
  --read-for N    seconds to read after the last message is settled (default 60)
  --help

The messages stay in the streams, with the values "<id of the drill> <number>". Ends with 0 if nothing is wrong, 1 if
something is, 2 if it could not begin; a signal ends it with what is known by then, and no verdict (130, 143).
`;

function positive(name: string, given: string | undefined, fallback: number): number {
  return numberOf(name, given, { least: 1, isWhole: true }) ?? fallback;
}

function options() {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({
      options: { messages: text, keys: text, rate: text, 'read-for': text, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    return refuse(`${(error as Error).message}; --help lists the options`);
  }
}

function tell({
  stored,
  rejected,
  copies,
  attemptedAgain,
  failovers,
  slowestMs,
  violations,
}: DrillResult): void {
  say(`stored: ${counts(stored)}; rejected: ${counts(rejected)}`);
  say(
    `failovers: ${failovers}; copies: ${copies} (messages in failed attempts: ${attemptedAgain}); slowest: ${slowestMs} ms`,
  );
  for (const { type, detail } of violations) say(`VIOLATION ${type}: ${detail}`);
  if (violations.length === 0) say('no violation');
}

function tellUnfinished({ messages }: DrillPlan, { id, progress }: DrillRecord): void {
  const { sent, stored, rejected, read } = progress;
  const open = sent - total(stored) - total(rejected);
  say(
    `interrupted, so there is no verdict: ${sent} of ${messages} messages were sent (their values begin with ${id})`,
  );
  say(
    `stored: ${counts(stored)}; rejected: ${counts(rejected)}; not known, may be stored: ${open}; read: ${read}`,
  );
}

function total(of: Readonly<Record<string, number>>): number {
  return Object.values(of).reduce((sum, count) => sum + count, 0);
}

function counts(of: Readonly<Record<string, number>>): string {
  const entries = Object.entries(of);
  return entries.length === 0 ? '0' : entries.map(([name, count]) => `${name} ${count}`).join(', ');
}

const values = options();
if (values.help === true) say(USAGE);
else {
  const plan = {
    messages: positive('messages', values.messages, 1_000),
    keys: positive('keys', values.keys, 64),
    perSecond: positive('rate', values.rate, 100),
    readForMs: positive('read-for', values['read-for'], 60) * 1_000,
  };
  const record = new DrillRecord();
  whenInterrupted(() => tellUnfinished(plan, record));
  say(`${plan.messages} messages with ${plan.keys} keys, ${plan.perSecond} a second`);
  try {
    const result = await drill(plan, {}, record);
    tell(result);
    process.exitCode = result.violations.length > 0 || Object.keys(result.rejected).length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof HaError)) throw error;
    refuse(error.message);
  }
}
