import type { Question } from './answer.ts';
import { installHooks, type SourcePatch } from './hooks.ts';

/** A worker runs seeds, with the changes of runtime/ that its only argument names, until it is told to stop. */
const patches = JSON.parse(process.argv[2] ?? '[]') as SourcePatch[];
// Errors are values here, made by the thousand: their stacks cost a tenth of the time. A run of one seed has them.
Error.stackTraceLimit = 0;
installHooks(patches);
const { answer } = await import('./answer.ts');

process.on('message', (question: Question) => {
  if (question.type === 'stop') process.exit(0);
  answer(question).then(
    (told) => process.send?.(told),
    (error: unknown) => {
      process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
      process.exit(1);
    },
  );
});
process.send?.({ type: 'ready' });
