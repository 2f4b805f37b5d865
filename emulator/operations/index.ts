export { canonicalBase64 } from './canonical-base64.ts';
export { findRoute, type Match } from './find-route.ts';
export type { Context, EntryRefusal, RefuseEntry, RefuseRead, Reply } from './operation.ts';
export { PERMISSIONS, type Caller, type Permission } from './permissions.ts';
export { perform, refusalReply } from './perform.ts';
export { routes } from './routes.ts';
export { refusal, ServiceError } from './service-error.ts';
export { validations, type OperationName } from './validations.ts';
