export { Control } from './control.ts';
export { startEmulator } from './emulator.ts';
export { towards, withoutSettings, type Environment } from './environment.ts';
export { createPrimaryStream } from './primary-stream.ts';
export { Program, type Invocation } from './program.ts';
