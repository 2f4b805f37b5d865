import type { Role } from '../../../runtime/core/index.ts';

export const COMPARTMENT = 'ocid1.compartment.oc1..simulated';
export const REGIONS: Readonly<Record<Role, string>> = {
  primary: 'sa-saopaulo-1',
  secondary: 'sa-vinhedo-1',
};
export const ENDPOINTS = {
  'sa-saopaulo-1': 'http://saopaulo.simulated',
  'sa-vinhedo-1': 'http://vinhedo.simulated',
};
