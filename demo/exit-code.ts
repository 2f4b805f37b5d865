/** What the shell gets to know. */
export const EXIT = Object.freeze({
  done: 0,
  /** Something was lost, or a step did not happen. */
  failed: 1,
  usage: 2,
  interrupted: 130,
});
