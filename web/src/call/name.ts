// The rules of names, for the page, which knows no protocol.

export { cleanName, isName, NAME_MAX } from '../wire/name';
