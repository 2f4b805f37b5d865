// Loaded into a program (`node --import`): at its end it writes what it used, as JSON, to the descriptor 3.
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// The threads of a program load it too.
if (isMainThread)
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    // `maxRSS` is in KiB.
    writeSync(
      3,
      JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1_000, residentMiB: maxRSS / 1_024 }),
    );
  });
