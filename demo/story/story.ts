import { breakDown, judge, publish, retry } from './losing.ts';
import { drain, failBack, heal, readStranded } from './returning.ts';
import type { Step } from './step.ts';
import { failOver, follow, makeSecondary, writeDown } from './surviving.ts';

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
