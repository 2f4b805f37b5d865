/** The exit codes of the demo. */
export const EXIT = Object.freeze({
  done: 0,
  /** A message was lost, or a step did not happen. */
  failed: 1,
  usage: 2,
  interrupted: 130,
});
