import type { Configuration } from '../../infra/configuration.ts';
import { readConfiguration } from '../../infra/read-configuration.ts';

export const compartmentId = 'ocid1.compartment.oc1..aaaaaaaacompartmentoftests';

/** The defaults, but for what the test is about. */
export function exampleConfiguration(texts: Readonly<{ [key: string]: string }> = {}): Configuration {
  return readConfiguration({ compartmentId, ...texts }, 'Pulumi.test.yaml');
}

/** Why a configuration is refused. */
export function refusal(texts: { [key: string]: string }): string {
  try {
    readConfiguration(texts, 'Pulumi.test.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}
