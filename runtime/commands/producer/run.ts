import { systemClock } from '../../clock.ts';
import { HaError } from '../../errors.ts';
import { openProducer } from '../../wiring/index.ts';
import { commandLog } from '../command-log.ts';
import { EXIT } from '../exit-code.ts';
import { interruption } from '../interruption.ts';
import { givenSettings } from '../setting-flags.ts';
import { SECTIONS, type ProducerFlags } from './flags.ts';
import { generated, lines } from './message-source.ts';
import { ProgressLine, progressText } from './progress-line.ts';
import { publish } from './publish.ts';
import { Tally } from './tally.ts';

const DEFAULT_RATE = 1;

export async function run(source: string | undefined, flags: ProducerFlags): Promise<void> {
  if (source !== undefined && source !== '-') {
    throw new HaError(
      'CONFIG',
      `producer: ${source} is not a source; give - to read lines from standard input.`,
    );
  }
  const clock = systemClock;
  const tally = new Tally();
  const signal = interruption();
  let progress: ProgressLine | undefined;
  const log = await commandLog(flags, clock, () => progress?.clear());
  const producer = await openProducer(givenSettings({ ...flags }, SECTIONS), {
    signal,
    listener: (event) => {
      tally.hears(event, clock.wall());
      log(event);
    },
  });
  progress = new ProgressLine(process.stderr, clock, () =>
    progressText(tally, producer.stats().bufferedBytes),
  );
  const { count, size, keys, keyDelimiter } = flags;
  const rate = flags.rate ?? (count === undefined ? DEFAULT_RATE : undefined);
  await publish({
    producer,
    messages:
      source === '-'
        ? lines(process.stdin, keyDelimiter, signal)
        : generated({ count, rate, size, keys }, clock, signal),
    tally,
    clock,
    signal,
    onReceipt: (message, receipt) => {
      if (flags.output === 'json')
        process.stdout.write(`${JSON.stringify({ key: message.key ?? null, ...receipt })}\n`);
    },
    onError: (error) => {
      tally.lastError = error;
    },
  });
  await producer.close();
  progress.close();
  const why = tally.lastError === undefined ? [] : [`not stored: ${tally.lastError.message}`];
  process.stderr.write(`${[...tally.summary(), ...why].join('\n')}\n`);
  process.exitCode = exitCode(tally);
}

function exitCode(tally: Tally): number {
  if (tally.failed > 0) return EXIT.failed;
  return tally.failedOver ? EXIT.failedOver : EXIT.done;
}
