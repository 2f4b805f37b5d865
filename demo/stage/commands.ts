import { KEY_DELIMITER } from './payments.ts';

/** Where the programs write and read which region is active, in the demo's own directory. */
export const RECORD_FILE = 'stream.properties';
/** How long the primary has to be well before it is trusted again, in seconds. The default is a minute: too long for a story. */
export const FAILBACK_AFTER_S = 3;

const COMMON = `--record-file ${RECORD_FILE} --output json --log json`;

/** What a user would type; all that is not said here is as it is by default. */
export const COMMANDS = Object.freeze({
  // `process`: the user's own environment is none of a demo's business.
  producer: `runtime/main.ts producer - --key-delimiter ${KEY_DELIMITER} ${COMMON} --export-environment process --failback-after ${FAILBACK_AFTER_S}s --probe-interval 1s`,
  consumer: `runtime/main.ts consumer ${COMMON} --idle-poll 200ms --standby-poll 1s`,
  env: `runtime/main.ts env --record-file ${RECORD_FILE}`,
});
