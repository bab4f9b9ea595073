// Numbers and times by Intl, in the language of the page.

const SECOND = 1000;

/** 65 s is "1:05", one hour is "1:00:00". */
export function formatDuration(ms: number, locale: string): string {
  const total = Math.max(0, Math.floor(ms / SECOND));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const plain = new Intl.NumberFormat(locale, { useGrouping: false });
  const padded = new Intl.NumberFormat(locale, { useGrouping: false, minimumIntegerDigits: 2 });
  const tail = `${hours > 0 ? padded.format(minutes) : plain.format(minutes)}:${padded.format(total % 60)}`;
  return hours > 0 ? `${plain.format(hours)}:${tail}` : tail;
}

export function formatMoment(ms: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'long',
  }).format(ms);
}

export function formatDay(ms: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(ms);
}

export function formatTime(ms: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(ms);
}
