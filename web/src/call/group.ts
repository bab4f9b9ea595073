// The group as the screen shows it: what the worker says, without what is no business of a screen.

import type { GroupView, Knocker } from '../wire/group';
import type { Caller, Group } from './model';

export const NO_GROUP: Group = {
  callers: [],
  mayAdmit: false,
  isHosted: false,
  hasLobby: false,
  isLocked: false,
  isFull: false,
  epoch: 0,
  code: '',
  emoji: [],
  isCodeCompared: false,
  countries: [],
  alarm: null,
  hasNewLink: false,
};

export function groupOf(view: GroupView, hasNewLink: boolean): Group {
  return {
    callers: view.knockers.map(callerOf),
    mayAdmit: view.mayAdmit,
    isHosted: view.isHosted,
    hasLobby: view.hasLobby,
    isLocked: view.isLocked,
    isFull: view.isFull,
    epoch: view.epoch,
    code: view.code,
    emoji: view.emoji,
    isCodeCompared: view.isCodeCompared,
    countries: view.countries,
    alarm: view.alarm,
    hasNewLink,
  };
}

function callerOf(knocker: Knocker): Caller {
  const { knock, name, standing, seenSince, note, since, isOldLink, isBanned } = knocker;
  return { knock, name, standing, seenSince, note, since, isOldLink, isBanned };
}
