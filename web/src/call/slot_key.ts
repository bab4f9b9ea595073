// The name of a receive slot in the page. While a meeting moves two connections stand, and both number their
// sections alike: the slots of one are the first set, those of the other the second.

export type SlotSet = 0 | 1;

const SECOND = '/second';

export function slotKey(mid: string, set: SlotSet): string {
  return set === 0 ? mid : mid + SECOND;
}

export function setOfKey(key: string): SlotSet {
  return key.endsWith(SECOND) ? 1 : 0;
}

export function midOfKey(key: string): string {
  return setOfKey(key) === 0 ? key : key.slice(0, -SECOND.length);
}

export function otherSet(set: SlotSet): SlotSet {
  return set === 0 ? 1 : 0;
}
