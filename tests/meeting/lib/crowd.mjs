// Part of a crowd, in a process of its own: many clients, each with its own group, checks and socket; or one, when
// the process is told so. The test asks over the process's channel: { id, act, … } is answered by { id, told } or
// { id, error }.

if (process.argv[2] !== 'alone') await import('./quick_crypto.mjs');
const { ScriptedClient } = await import('./scripted_client.mjs');
const { verifyToken } = await import('./large_meeting.mjs');

const MS = 600_000;
const clients = [];

const awake = () => clients.filter(({ isResting }) => !isResting);
const all = (holds, what) => Promise.all(awake().map((each) => each.until(holds, { ms: MS, what })));

const acts = {
  /** People with their tokens knock. */
  async come({ place, people, options: { isTrusting = false } = {} }) {
    const checks = isTrusting ? {} : { verifyToken };
    for (const { name, signed } of people) {
      const client = new ScriptedClient(place, name, { signed, hasSeat: false, isBrief: true, ...checks });
      clients.push(client);
      await client.start();
    }
    await all(({ phase }) => phase === 'waiting' || phase === 'in', 'being at the door');
  },
  async in({ epoch }) {
    await all((view) => view.phase === 'in' && view.epoch === epoch, `epoch ${epoch}`);
  },
  /** Who is in so far stays connected, but does nothing more. */
  async rest() {
    for (const client of clients) client.isResting = true;
  },
  /** Everybody has checked everybody. */
  async verified({ count }) {
    const isVerified = ({ standing, name }) => standing.kind === 'verified' && name === standing.name;
    await all(({ people }) => people.filter(isVerified).length === count, `${count} verified people`);
  },
  async out({ name }) {
    const index = clients.findIndex((each) => each.name === name);
    if (index < 0) return;
    const [client] = clients.splice(index, 1);
    await client.until(({ phase }) => phase === 'out', { ms: MS });
  },
  async tell() {
    const { rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      views: clients.map(({ view: { epoch, code, alarm, people } }) => `${epoch} ${code} ${alarm} ${people.length}`),
      faults: clients.flatMap(({ faults }) => faults.map(String)),
      residentMiB: Math.round(rss / 2 ** 20),
      cpuS: (user + system) / 1e6,
    };
  },
  async stop() {
    for (const client of clients) client.stop();
    setTimeout(() => process.exit(0), 500);
  },
};

process.on('message', async ({ id, act, ...of }) => {
  try {
    process.send({ id, told: await acts[act](of) });
  } catch (error) {
    process.send({ id, error: String(error.message) });
  }
});
process.send({ id: 0 });
