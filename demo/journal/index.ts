export {
  happeningIn,
  jsonOf,
  ReceiptLine,
  ReceivedLine,
  type Happening,
  type LedgerEntry,
  type Receipt,
  type Received,
  type Sent,
} from './entries.ts';
export { Journal } from './journal.ts';
export { nameOf, positionOf } from './names.ts';
