/**
 * Runs in each program of the demo before the program itself (`node --import`), and in the emulator of the bench. When the demo ends, for
 * whatever reason, the IPC channel closes, and the program ends too. Plain JavaScript, so that Node loads no type stripper for it.
 */
process.once('disconnect', () => process.exit());
// The open channel must not keep a program alive that has finished its work.
process.channel?.unref();
