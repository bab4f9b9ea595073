// A lying server with a log key of its own: whatever it shows, it has signed. Each history is a log; a client
// is told one of them.

import { HostileServer } from '../../hostile/hostile_server.mjs';
import { modules } from './scripted_client.mjs';

const { base64url, fromBase64url, LogKeeper } = modules;

class History {
  #keeper;
  #heads = new Map();

  constructor(keeper, heads = []) {
    this.#keeper = keeper;
    this.#heads = new Map(heads);
  }

  /** The head with this entry, which is appended when it is new. */
  headOf(message) {
    if (!this.#heads.has(message)) this.#heads.set(message, this.#keeper.append(fromBase64url(message)));
    return this.#heads.get(message);
  }

  /** As a replay: the same entry once more. */
  again(message) {
    return this.#keeper.append(fromBase64url(message));
  }

  fork() {
    return new History(this.#keeper.fork(), this.#heads);
  }
}

export class Liar extends HostileServer {
  /** the history that a client is told */
  historyOf = () => this.history;

  async start() {
    this.keeper = await LogKeeper.of('localhost');
    this.history = new History(this.keeper);
    this.toClient = (message, client) => this.resigned(message, client);
    return super.start();
  }

  /** What the real server says, under the liar's own signature. */
  async resigned(message, client) {
    const history = this.historyOf(client);
    switch (message.type) {
      case 'waiting':
        return { ...message, log_key: this.keeper.verifier };
      case 'created': {
        const { group_info: entry } = client.said.findLast(({ type }) => type === 'create');
        this.keeper.origin = message.log.checkpoint.split('\n')[0];
        return { ...message, log: await history.headOf(entry) };
      }
      case 'welcome': {
        const head = await history.headOf(message.commit);
        return { ...message, log: { ...message.log, checkpoint: head.checkpoint } };
      }
      case 'commit':
        return { ...message, log: await history.headOf(message.message) };
      default:
        return message;
    }
  }

  /** A commit that no server has taken. */
  async push(client, message, history = this.historyOf(client)) {
    client.tell({ type: 'commit', message, log: await history.headOf(message) });
  }

  /** Welcomes somebody into a meeting that the liar has made up. */
  async welcome(client, { groupId, groupInfo, commit, welcome, tree }) {
    const keeper = this.keeper.fork();
    keeper.begin(groupId);
    const history = new History(keeper);
    await history.headOf(base64url(groupInfo));
    const { checkpoint } = await history.headOf(base64url(commit));
    const [frontier, hash] = await Promise.all([modules.leafHash(groupInfo), modules.sha256(tree)]);
    this.blobs.set(base64url(hash), tree);
    client.tell({
      type: 'welcome',
      welcome: base64url(welcome),
      commit: base64url(commit),
      tree: base64url(hash),
      log: { size: 1, frontier: [base64url(frontier)], checkpoint },
    });
  }
}
