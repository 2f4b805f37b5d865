/** What the shell gets to know. */
export const EXIT = Object.freeze({
  done: 0,
  failed: 1,
  /** Wrong use or configuration: nothing was sent. */
  usage: 2,
  /** Everything is well, but the secondary had to take over. */
  failedOver: 10,
  /** `status` only. */
  bothDown: 11,
  interrupted: 130,
});
