export { DataError } from './database.ts';
export { Store } from './store.ts';
