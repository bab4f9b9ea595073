// A profile of Callgrind, function by function: instructions of each function of ours, with what the libraries that it
// calls need for it.

/** Names are given once, as "(7) name", and are "(7)" from then on. */
class Names {
  #known = new Map();

  read(text) {
    const [, id, name] = /^\((\d+)\)(?: (.*))?$/.exec(text);
    if (name !== undefined) this.#known.set(id, name);
    return this.#known.get(id);
  }
}

/** { all, functions: Map of name to { own, libraries } }. `isOurs(object)`: whether a file of code is ours. */
export function readCallgrind(profile, isOurs) {
  const [objects, names] = [new Names(), new Names()];
  const functions = new Map();
  let [object, name, callee, isCall, all] = ['', '', undefined, false, 0];
  const of = (each) => {
    if (!functions.has(each)) functions.set(each, { own: 0, libraries: 0 });
    return functions.get(each);
  };
  for (const line of profile.split('\n')) {
    const [, key, text] = /^(ob|fn|cob|cfn|calls)=(.*)$/.exec(line) ?? [];
    if (key === 'ob') object = objects.read(text);
    if (key === 'fn') name = names.read(text);
    if (key === 'cob') callee = objects.read(text);
    if (key === 'cfn') names.read(text);
    if (key === 'calls') isCall = true;
    const cost = /^[+\-*\d]\S* (\d+)$/.exec(line);
    if (cost === null) continue;
    const instructions = Number(cost[1]);
    if (isCall && isOurs(object) && callee !== undefined && !isOurs(callee)) of(name).libraries += instructions;
    if (!isCall) all += instructions;
    if (!isCall && isOurs(object)) of(name).own += instructions;
    [callee, isCall] = [undefined, false];
  }
  return { all, functions };
}
