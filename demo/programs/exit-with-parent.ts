/**
 * Runs inside each program of the demo before the program itself (`node --import`). When the demo is gone, however it
 * went, the channel to it closes, and the program goes too.
 */
process.once('disconnect', () => process.exit());
// Listening must not keep a program alive that has nothing left to do.
process.channel?.unref();
