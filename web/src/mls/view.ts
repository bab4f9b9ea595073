// What the page is shown of the group: composed from the tree, the identities and what members told,
// never from the server's word.

import { base64url } from '../wire/base64';
import { codeDigits, codeEmoji } from '../wire/code';
import type { Alarm, GroupPerson, GroupView, Knocker, Standing } from '../wire/group';
import type { Policy } from '../wire/policy';
import type { Instance } from './group';
import type { Knocks, PendingKnock } from './knocks';
import type { Member } from './member';
import type { Known, People } from './people';
import type { Setting } from './setting';
import type { Talk } from './talk';

interface ViewSources {
  readonly phase: GroupView['phase'];
  readonly setting: Setting | null;
  /** null: we are not in the group */
  readonly member: Member | null;
  readonly seen: ReadonlyMap<string, number>;
  readonly alarm: Alarm | null;
}

export function viewOf({ phase, setting, member, seen, alarm }: ViewSources): GroupView {
  return composeView({
    phase,
    policy: setting?.place.policy ?? null,
    instance: member?.instance ?? null,
    people: setting?.people ?? null,
    knocks: setting?.knocks ?? null,
    talk: member?.talk ?? null,
    seen,
    undecodable: member?.undecodable ?? new Set(),
    hasAuthority: (member?.authority ?? null) !== null,
    code: member?.code ?? null,
    isCodeCompared: member?.isCodeCompared ?? false,
    isFull: member?.committer.isFull ?? false,
    alarm,
    newSecret: member?.newSecret?.slice() ?? null,
  });
}

interface ViewParts {
  readonly phase: GroupView['phase'];
  readonly policy: Policy | null;
  readonly instance: Instance | null;
  readonly people: People | null;
  readonly knocks: Knocks | null;
  readonly talk: Talk | null;
  readonly seen: ReadonlyMap<string, number>;
  readonly undecodable: ReadonlySet<number>;
  readonly hasAuthority: boolean;
  readonly code: Uint8Array | null;
  readonly isCodeCompared: boolean;
  readonly isFull: boolean;
  readonly alarm: Alarm | null;
  readonly newSecret: Uint8Array | null;
}

function composeView(parts: ViewParts): GroupView {
  const { phase, policy, instance, code, hasAuthority } = parts;
  const isHosted = (policy?.hostKeys.length ?? 0) > 0;
  const hasLobby = policy?.lobby === 'lobby';
  return {
    phase,
    epoch: instance?.group.epoch ?? 0,
    people: composePeople(parts),
    knockers: composeKnockers(parts),
    mayAdmit: hasAuthority || (policy !== null && !isHosted && !hasLobby),
    isHosted,
    hasLobby,
    isLocked: instance?.isLocked ?? false,
    generation: instance?.generation ?? 1,
    code: code ? codeDigits(code) : '',
    emoji: code ? codeEmoji(code) : [],
    isCodeCompared: parts.isCodeCompared,
    countries: policy?.countries ?? [],
    isFull: parts.isFull,
    alarm: parts.alarm,
    newSecret: parts.newSecret,
  };
}

function composePeople(parts: ViewParts): GroupPerson[] {
  const { instance, people, talk } = parts;
  if (!instance || !people || !talk) return [];
  return instance.group.members().map((member) => {
    const known = people.peek(member);
    const standing = people.standing(member);
    return {
      leaf: member.leaf,
      name: nameOf(standing, talk.nameOf(member.leaf), known),
      standing,
      isSelf: member.leaf === instance.group.ownLeaf,
      isHost: instance.isHost(member),
      ...device(known, parts.seen),
      handUpAt: talk.handUpAt(member.leaf),
      isUndecodable: parts.undecodable.has(member.leaf),
    };
  });
}

/**
 * Whom nobody can tell has no name, whatever name they tell; and beside the mark of an issuer stands the
 * name for which it vouches, never another one that somebody chose.
 */
function nameOf(standing: Standing, chosen: string | null, known: Known | null): string {
  if (standing.kind === 'verified') return standing.name;
  return known?.kind === 'open' ? (chosen ?? known.name) : '';
}

function composeKnockers(parts: ViewParts): Knocker[] {
  const { instance, people, knocks } = parts;
  if (!instance || !people || !knocks) return [];
  const isForPeople = (knock: PendingKnock): boolean =>
    !['reload', 'host', 'free'].includes(knocks.kindOf(knock, instance));
  return knocks
    .all()
    .filter(isForPeople)
    .map((knock) => {
      const standing = people.standing(knock.keyPackage.leaf);
      return {
        knock: knock.id,
        name: nameOf(standing, null, knock.known),
        standing,
        ...device(knock.known, parts.seen),
        note: knock.note,
        since: knock.since,
        isOldLink: knocks.isOldLink(knock),
        isBanned: knock.isBanned,
      };
    });
}

function device(
  known: Known | null,
  seen: ReadonlyMap<string, number>,
): Pick<GroupPerson, 'deviceKey' | 'seenSince'> {
  const key = known?.deviceKey ? base64url(known.deviceKey) : null;
  return { deviceKey: key, seenSince: key === null ? null : (seen.get(key) ?? null) };
}
