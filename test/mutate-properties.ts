import * as fc from 'fast-check';

/** On a busy machine properties reach the time limit of a test, which would look like a kill: they end before, and have not failed. */
fc.configureGlobal({ interruptAfterTimeLimit: 8_000 });
