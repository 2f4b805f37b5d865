export const DEFAULT_CONTROL_PORT = 7100;

/** Where the control listener is: the flag, the environment, or the default port. */
export function controlUrl(flag: string | undefined): string {
  const given = flag ?? process.env['OCI_STREAMING_EMULATOR_CONTROL'];
  return (given ?? `http://127.0.0.1:${DEFAULT_CONTROL_PORT}`).replace(/\/+$/, '');
}
