/** What names and identifiers of OCI look like. */
export const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
export const NAME = /^[A-Za-z0-9_.-]{1,255}$/;
export const ocidOf = (type: string): RegExp =>
  new RegExp(`^ocid1\\.${type}\\.[a-z0-9]+\\.[a-z0-9-]*\\.\\S+$`);
