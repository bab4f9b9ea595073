// The words of every failure and device problem: what happened, why, what to do next (product.md 5c).

import type { Alarm, DeviceProblem, Failure, Source } from '../call/model';

import { isolated, t, type Key } from './i18n';

export interface Words {
  readonly what: Key;
  readonly why: Key;
  readonly next: Key;
}

export const FAILURE_WORDS: Readonly<Record<Failure, Words>> = {
  'not-found': {
    what: 'failure.not_found.what',
    why: 'failure.not_found.why',
    next: 'failure.not_found.next',
  },
  'room-full': {
    what: 'failure.room_full.what',
    why: 'failure.room_full.why',
    next: 'failure.room_full.next',
  },
  'server-full': {
    what: 'failure.server_full.what',
    why: 'failure.server_full.why',
    next: 'failure.server_full.next',
  },
  busy: { what: 'failure.busy.what', why: 'failure.busy.why', next: 'failure.busy.next' },
  'media-blocked': {
    what: 'failure.media_blocked.what',
    why: 'failure.media_blocked.why',
    next: 'failure.media_blocked.next',
  },
  'server-unreachable': {
    what: 'failure.server_unreachable.what',
    why: 'failure.server_unreachable.why',
    next: 'failure.server_unreachable.next',
  },
  version: {
    what: 'failure.version.what',
    why: 'failure.version.why',
    next: 'failure.version.next',
  },
  declined: {
    what: 'failure.declined.what',
    why: 'failure.declined.why',
    next: 'failure.declined.next',
  },
  'link-expired': {
    what: 'failure.link_expired.what',
    why: 'failure.link_expired.why',
    next: 'failure.link_expired.next',
  },
  removed: {
    what: 'failure.removed.what',
    why: 'failure.removed.why',
    next: 'failure.removed.next',
  },
  'wrong-policy': {
    what: 'failure.wrong_policy.what',
    why: 'failure.wrong_policy.why',
    next: 'failure.wrong_policy.next',
  },
  'fake-meeting': {
    what: 'failure.fake_meeting.what',
    why: 'failure.fake_meeting.why',
    next: 'failure.fake_meeting.next',
  },
  'region-full': {
    what: 'failure.region_full.what',
    why: 'failure.region_full.why',
    next: 'failure.region_full.next',
  },
  'region-empty': {
    what: 'failure.region_empty.what',
    why: 'failure.region_empty.why',
    next: 'failure.region_empty.next',
  },
  'region-uncleared': {
    what: 'failure.region_uncleared.what',
    why: 'failure.region_uncleared.why',
    next: 'failure.region_uncleared.next',
  },
  'region-silent': {
    what: 'failure.region_silent.what',
    why: 'failure.region_silent.why',
    next: 'failure.region_silent.next',
  },
  'other-operator': {
    what: 'failure.other_operator.what',
    why: 'failure.other_operator.why',
    next: 'failure.other_operator.next',
  },
  'no-node-in-region': {
    what: 'failure.no_node.what',
    why: 'failure.no_node.why',
    next: 'failure.no_node.next',
  },
  'node-refused': {
    what: 'failure.node_refused.what',
    why: 'failure.node_refused.why',
    next: 'failure.node_refused.next',
  },
  'not-moved': {
    what: 'failure.not_moved.what',
    why: 'failure.not_moved.why',
    next: 'failure.not_moved.next',
  },
  untrusted: {
    what: 'failure.untrusted.what',
    why: 'failure.untrusted.why',
    next: 'failure.untrusted.next',
  },
  internal: {
    what: 'failure.internal.what',
    why: 'failure.internal.why',
    next: 'failure.internal.next',
  },
};

/** What is wrong with the group: never called a bad connection. */
export const ALARM_WORDS: Readonly<Record<Alarm, { readonly what: Key; readonly text: Key }>> = {
  fork: { what: 'alarm.fork.what', text: 'alarm.fork.text' },
  'nobody-decodable': { what: 'alarm.nobody.what', text: 'alarm.nobody.text' },
  'withheld-removal': { what: 'alarm.removal.what', text: 'alarm.removal.text' },
  split: { what: 'alarm.split.what', text: 'alarm.split.text' },
  silence: { what: 'alarm.silence.what', text: 'alarm.silence.text' },
  'invalid-commit': { what: 'alarm.commit.what', text: 'alarm.commit.text' },
};

/** The same with the countries that are meant. */
export const FAILURE_WHERE: Partial<Readonly<Record<Failure, Key>>> = {
  'region-full': 'failure.region_full.what_where',
  'region-empty': 'failure.region_empty.what_where',
  'region-uncleared': 'failure.region_uncleared.what_where',
  'region-silent': 'failure.region_silent.what_where',
};

/** What the large button of a failure is called; null: nothing helps but going back. */
export const FAILURE_STEP: Readonly<Record<Failure, 'again' | 'reload' | null>> = {
  'not-found': null,
  'room-full': 'again',
  'server-full': 'again',
  busy: 'again',
  'media-blocked': 'again',
  'server-unreachable': 'again',
  version: 'reload',
  declined: null,
  'link-expired': null,
  removed: 'again',
  'wrong-policy': null,
  'fake-meeting': null,
  'region-full': 'again',
  'region-empty': null,
  'region-uncleared': null,
  'region-silent': 'again',
  'other-operator': null,
  'no-node-in-region': null,
  'node-refused': 'again',
  'not-moved': 'again',
  untrusted: 'again',
  internal: 'again',
};

const MICROPHONE: Readonly<Record<DeviceProblem, Words>> = {
  blocked: {
    what: 'problem.microphone.blocked.what',
    why: 'problem.microphone.blocked.why',
    next: 'problem.microphone.blocked.next',
  },
  'blocked-by-system': {
    what: 'problem.microphone.blocked_by_system.what',
    why: 'problem.microphone.blocked_by_system.why',
    next: 'problem.microphone.blocked_by_system.next',
  },
  'in-use': {
    what: 'problem.microphone.in_use.what',
    why: 'problem.microphone.in_use.why',
    next: 'problem.microphone.in_use.next',
  },
  missing: {
    what: 'problem.microphone.missing.what',
    why: 'problem.microphone.missing.why',
    next: 'problem.microphone.missing.next',
  },
  unplugged: {
    what: 'problem.microphone.unplugged.what',
    why: 'problem.microphone.unplugged.why',
    next: 'problem.microphone.unplugged.next',
  },
  failed: {
    what: 'problem.microphone.failed.what',
    why: 'problem.microphone.failed.why',
    next: 'problem.microphone.failed.next',
  },
};

const CAMERA: Readonly<Record<DeviceProblem, Words>> = {
  blocked: {
    what: 'problem.camera.blocked.what',
    why: 'problem.camera.blocked.why',
    next: 'problem.camera.blocked.next',
  },
  'blocked-by-system': {
    what: 'problem.camera.blocked_by_system.what',
    why: 'problem.camera.blocked_by_system.why',
    next: 'problem.camera.blocked_by_system.next',
  },
  'in-use': {
    what: 'problem.camera.in_use.what',
    why: 'problem.camera.in_use.why',
    next: 'problem.camera.in_use.next',
  },
  missing: {
    what: 'problem.camera.missing.what',
    why: 'problem.camera.missing.why',
    next: 'problem.camera.missing.next',
  },
  unplugged: {
    what: 'problem.camera.unplugged.what',
    why: 'problem.camera.unplugged.why',
    next: 'problem.camera.unplugged.next',
  },
  failed: {
    what: 'problem.camera.failed.what',
    why: 'problem.camera.failed.why',
    next: 'problem.camera.failed.next',
  },
};

export const PROBLEM_WORDS: Readonly<Record<Source, Readonly<Record<DeviceProblem, Words>>>> = {
  microphone: MICROPHONE,
  camera: CAMERA,
};

/** A name inside a sentence; somebody unverified has none. */
export const named = (name: string): string => isolated(name === '' ? t('tile.nameless') : name);
