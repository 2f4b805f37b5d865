import type { EventListener } from '../events.ts';
import type { StoreNews } from './outbox-store.ts';

/** Whether more messages come out of a damaged file after this. */
export function isRecoveringAfter(news: StoreNews): boolean {
  return news.type === 'damaged' || (news.type === 'recovered' && !news.isLast);
}

/** Tells the user what a store tells of a damaged file. */
export function announce(news: StoreNews, directory: string, emit: EventListener): void {
  if (news.type === 'damaged') {
    emit({ type: 'outbox-damaged', directory, file: news.file, because: news.because });
  } else if (news.type === 'recovered') {
    const { setAside, messages, missing } = news;
    emit({ type: 'outbox-recovered', directory, setAside, messages, missing });
  }
}
