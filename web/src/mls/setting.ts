// What a meeting is measured by and who it is met with, from the moment when its policy is known.

import type { GroupStart } from '../wire/group';
import type { Place } from './entry';
import { Knocks } from './knocks';
import type { Outlets } from './outlets';
import { People } from './people';
import type { Secrets } from './secrets';
import { noWishes, type Wishes } from './wishes';

export interface Setting {
  readonly place: Place;
  readonly people: People;
  readonly knocks: Knocks;
  /** what the person wants of the group: it outlives a seat that the server has forgotten */
  readonly wishes: Wishes;
}

export function settle(
  place: Place,
  { meeting }: GroupStart,
  secrets: Secrets,
  outlets: Outlets,
  onVerdict: () => void,
): Setting {
  const people = new People({
    outlets,
    meeting,
    policy: place.policy,
    rings: () => secrets.rings,
    onVerdict,
  });
  const knocks = new Knocks(people, secrets, outlets.clock);
  return { place, people, knocks, wishes: noWishes() };
}
