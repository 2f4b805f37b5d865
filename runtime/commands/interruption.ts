import { EXIT } from './exit-code.ts';

/**
 * SIGINT and SIGTERM: the first asks the command to end in good order (the signal aborts), the second ends it at once
 * with exit code 130.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write('Stopping: what is on its way is finished first (once more to stop at once).\n');
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}
